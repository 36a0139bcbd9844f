"""How do the X-Road message protocols, REST and SOAP, become exchanges, and what does X-Road want to know besides?"""
