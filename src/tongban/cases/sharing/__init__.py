"""Asking for data: baskets, the request to each provider (a case without an applicant), answers, ends of grants."""
