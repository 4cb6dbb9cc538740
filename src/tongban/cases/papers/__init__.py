"""What a case's notices say: which act asks for which paper, and its words.

Pure; called by ``cases.actions.notices``.
"""
