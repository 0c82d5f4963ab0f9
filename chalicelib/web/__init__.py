"""The portal as a browser and the command line see it."""
