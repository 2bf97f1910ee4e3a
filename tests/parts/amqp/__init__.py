"""An AMQP 1.0 server on the standard library, for the brokers of the parts `servicebus` and `eventhubs`.

It speaks what the clients of Azure speak: values, frames, SASL, sessions with windows, links with credit and drain,
messages in several frames, heartbeats. It is made from the specification (OASIS, "AMQP 1.0") and from what the clients
do, and knows nothing of queues or hubs. It is no part itself.

A test against it shows that this package gets along with the clients, and not how Azure behaves.
"""
