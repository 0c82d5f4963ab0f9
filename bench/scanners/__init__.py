"""What readers of QR codes make of the portal's, on screens and before cameras."""
