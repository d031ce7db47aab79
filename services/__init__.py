"""What the clinic does: one module of verbs per noun, no Qt, no SQL strings.

A writing verb is a `@command` (see `services.commands`); a reading verb takes the database and
returns frozen dataclasses.
"""
