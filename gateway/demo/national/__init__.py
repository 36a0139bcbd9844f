"""What do the national services answer in the demo? Simulators with the wire shapes of 03-domain, section 3."""
