"""How does each protocol become `Received`, and `Answered` or `Refused` become that protocol again?"""
