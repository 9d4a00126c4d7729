"""Codec configurations of real encoders, in hex, and the codec_config fuzzer's inputs."""

from corpus import keep

AVC = "0164000cffe1001a6764000cacd941419f9f011000000300100000030320f142996001000668ebe3cb22c0fdf8f800"
AVC_SCALING = "0164001effe100156764001ead8000000300fffffffefffe02d028332001000568ebe3cb20"
HEVC = (
    "0101600000009000000000003cf000fcfdf8f800000f03a00001001840010c01ffff01600000030090000003000003003c959809a10001002b42010101"
    "600000030090000003000003003ca00a080b9f796566924caf016808000003000800000300c840a2000100074401c172b46240"
)
AV1 = "81000c000a0b000000043cfeccdaf90040"
AV1_TICKS = "81000c000a100400000fa40003a98280000021e7f670"
AV1_FRAME = "12000a0b0000000cc4ff6736be4010320210bb"
AAC, HE_AAC = "121056e500", "131056e598"
OPUS_BOX, OPUS_HEAD = "000101380000bb80000000", "4f707573486561640102380180bb0000000000"
VP9_KEY = "824983420027f016760638241c184a10"
CODECS = {"h264": 0, "hevc": 1, "av1": 2, "aac": 5, "opus": 6}


def codec_configs():
    for name, codec, record in [("avc", "h264", AVC), ("avc_scaling", "h264", AVC_SCALING), ("hevc", "hevc", HEVC), ("av1", "av1", AV1),
                                ("av1_ticks", "av1", AV1_TICKS), ("aac", "aac", AAC), ("he_aac", "aac", HE_AAC), ("opus", "opus", OPUS_BOX)]:
        keep("codec_config", name, bytes([CODECS[codec]]) + bytes.fromhex(record))
