"""A department's subscriber: a call is acked once each reply to it has its outcome (README.md)."""

import argparse
import json
import time
from uuid import NAMESPACE_URL, uuid5

from kombu import Connection, Consumer, Producer, Queue
from kombu.mixins import ConsumerMixin  # connects again by itself


class Department(ConsumerMixin):
    def __init__(self, connection, options):
        self.connection, self.code, self.options = connection, options.code, options

    def get_consumers(self, _, channel):
        # call message's id -> (message, replies to settle); reply's id -> (call message's id, when)
        self.open, self.sent, self.producer = {}, {}, Producer(channel)
        mine = [f"departments.{self.code}.{each}" for each in ("calls", "outcomes")]
        for name in mine:  # passively: they are Shaobao's, a department only reads them
            channel.queue_declare(name, passive=True)
        queues = [Queue(name, no_declare=True) for name in mine]
        return [Consumer(channel, queues, on_message=self.on_message, prefetch_count=50)]

    def on_message(self, message):
        event = json.loads(message.body)
        kind, data = event["type"], event["data"]
        print(kind, json.dumps(data, ensure_ascii=False), flush=True)  # noqa: T201
        if kind == "outcome":
            call, _ = self.sent.pop(data["in_reply_to"], (None, None))
            if call:  # else the second outcome of a reply that went out twice
                del self.open[call][1][: 1 if data["outcome"] != "refused" else None]
                self.send_next(call)
        elif event["id"] not in self.open:  # else it came twice
            self.open[event["id"]] = message, replies_to(kind, data, event["time"], self.options)
            return self.send_next(event["id"])
        return message.ack()

    def send_next(self, call):
        if not self.open[call][1]:
            return self.open.pop(call)[0].ack()
        kind, data = self.open[call][1][0]  # one after the other: their order matters
        reply = str(uuid5(NAMESPACE_URL, f"{self.code}/{call}/{kind}/{data.get('mode')}"))
        self.sent[reply] = call, time.monotonic()
        event = {"specversion": "1.0", "id": reply, "source": f"/departments/{self.code}"}
        where = {"exchange": "departments.replies", "routing_key": f"{self.code}.{kind}"}
        event |= {"type": kind, "data": data}
        return self.producer.publish(event, message_id=reply, **where)

    def on_iteration(self):  # every second: repeat what has no outcome, under the same id
        for call, sent_at in list(self.sent.values()):
            if time.monotonic() - sent_at > self.options.patience:
                self.send_next(call)


def replies_to(kind, call, at, options):  # here people decide; replies with their data, in order
    about, modes = {"call": call["call"]}, ["meeting"] * ("meeting_at" in call) + ["on_site"]
    received = "received", {**about, "external_ref": f"{options.code}-{call['call'][:8]}"}
    office = {**about, "office": "值班室"}
    come = [("arrived", {**office, "mode": mode, "at": at, "persons": 2}) for mode in modes]
    work = [("progress", {**about, "note": "联合处置中"}), ("done", {**about, "note": "已处置"})]
    come = [("accepted", office), *come, *work]
    answer = [("refused", {**about, "reason": options.refuse})] if options.refuse else come
    rating = "rating", {**about, "needed": 5, "described": 4}
    answers = {"called": [received, *answer], "insisted": come, "concluded": [rating]}
    if options.silent_until_step is not None and kind != "concluded":
        return [received, *come] if call.get("step", -1) >= options.silent_until_step else []
    return answers.get(kind, [])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("code", help="the department's code, which is its user name too")
    parser.add_argument("--amqp", default="amqp://guest:guest@127.0.0.1:5672//")
    parser.add_argument("--refuse", metavar="REASON", help="refuse; come if the town insists")
    parser.add_argument("--silent-until-step", type=int, help="until this step is overdue")
    parser.add_argument("--patience", type=float, default=10, help="seconds until a repetition")
    given = parser.parse_args()
    Department(Connection(given.amqp, transport_options={"confirm_publish": True}), given).run()
