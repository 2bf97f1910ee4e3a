"""How an event arrives: the request or message, the keys, the delivery."""
