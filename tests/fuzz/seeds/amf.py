"""AMF0 values and the commands of a publisher (RTMP 1.0, 7.2)."""

import struct


def string(text):
    return b"\x02" + struct.pack(">H", len(text)) + text.encode()


def number(value):
    return b"\x00" + struct.pack(">d", value)


def obj(marker=b"\x03", **properties):
    body = b"".join(struct.pack(">H", len(name)) + name.encode() + value for name, value in properties.items())
    return marker + body + b"\x00\x00\x09"


def command(name, transaction, *values):
    return string(name) + number(transaction) + b"".join(values)


CONNECT = command("connect", 1, obj(app=string("live"), tcUrl=string("rtmp://h/live?x=1"), flashVer=string("FMLE/3.0")))
CREATE = command("createStream", 2, b"\x05")
PUBLISH = command("publish", 3, b"\x05", string("cam?token=t"), string("live"))
GOODBYE = command("deleteStream", 4, b"\x05", number(1))
METADATA = string("@setDataFrame") + string("onMetaData") + b"\x08\0\0\0\2" + obj(
    b"", width=number(1280), height=number(720), framerate=number(29.97), videocodecid=number(7), audiocodecid=number(10))
AMF3_OBJECT = bytes.fromhex("11" "0a0b01" "0361" "0401" "0362" "0607636174" "0363" "090501" "0401" "0402" "01")
