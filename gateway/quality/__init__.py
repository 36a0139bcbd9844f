"""How is the quality of the databases measured, in the worker, through the adapters that serve them?"""
