"""Prints each committed record of topics as a line of JSON: by Confluent's client with its registry and Avro deserializer."""
import json
import sys

from confluent_kafka import DeserializingConsumer, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer

brokers, registry, *topics = sys.argv[1:]
client = SchemaRegistryClient({"url": registry})
consumer = DeserializingConsumer({
    "bootstrap.servers": brokers,
    "group.id": "millrace-test",
    "isolation.level": "read_committed",
    "enable.partition.eof": True,
    "key.deserializer": AvroDeserializer(client),
    "value.deserializer": AvroDeserializer(client),
})
places = [
    TopicPartition(topic, partition, 0)
    for topic in topics
    for partition in consumer.list_topics(topic).topics[topic].partitions
]
consumer.assign(places)
ended = 0
while ended < len(places):
    try:
        message = consumer.poll(30)
    except Exception as problem:
        if "_PARTITION_EOF" in str(problem):
            ended += 1
            continue
        raise
    if message is None:
        sys.exit("nothing came for 30 seconds")
    if message.error():
        ended += 1
        continue
    headers = {name: value.decode() for name, value in message.headers() or []}
    print(json.dumps([message.topic(), message.partition(), message.key(), message.value(), headers], default=str))
