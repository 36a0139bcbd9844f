"""How does a developer try a call as one of his agency's systems, on synthetic data or in earnest?"""
