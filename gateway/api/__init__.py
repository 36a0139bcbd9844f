"""Which requests does the control plane take, one module per noun?"""
