"""Programmes (会员方案) as data, and the pure engine that evaluates a history under them."""
