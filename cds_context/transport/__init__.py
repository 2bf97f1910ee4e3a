"""What an event came in: the request, its keys, the delivery."""
