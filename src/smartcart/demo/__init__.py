"""What a newcomer sees first: both programs, a small catalogue, and one live page.

The two programs run as processes of their own and meet only over HTTP; so does this one with them.
"""
