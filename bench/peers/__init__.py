"""Programs that a user would write for the page with the QR code; the comparison's other side."""
