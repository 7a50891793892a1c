"""Channels to the outside: folders now, SFTP and RabbitMQ beside them."""
