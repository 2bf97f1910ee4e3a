"""Real components, each tested in an environment of its own: `make test-parts`, and `.ci/part`, which explains a part.

`make test` collects nothing here. `amqp` is no part: two parts share it.
"""
