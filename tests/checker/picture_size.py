"""Picture sizes out of the sequence parameters of H.264, HEVC and AV1."""

from isobmff import Broken


def unescaped(nal: bytes) -> bytes:
    """Without emulation prevention bytes, ISO/IEC 14496-10 7.4.1 and 23008-2 7.4.2."""
    return nal.replace(b"\x00\x00\x03", b"\x00\x00")


class Bits:
    def __init__(self, data: bytes):
        self.data = data
        self.at = 0

    def u(self, count: int) -> int:
        value = 0
        for _ in range(count):
            if self.at >= 8 * len(self.data):
                raise Broken("media.codec-config", "sequence parameters are cut off")
            value = value << 1 | self.data[self.at >> 3] >> (7 - (self.at & 7)) & 1
            self.at += 1
        return value

    def ue(self) -> int:
        zeros = 0
        while not self.u(1):
            zeros += 1
            if zeros > 32:
                raise Broken("media.codec-config", "SPS has an endless Exp-Golomb code")
        return (1 << zeros) - 1 + self.u(zeros)

    def se(self) -> int:
        code = self.ue()
        return (code + 1) // 2 if code & 1 else -(code // 2)


def avc_sps_size(nal: bytes) -> tuple:
    """(width, height) after cropping, ISO/IEC 14496-10 7.3.2.1.1."""
    bits = Bits(unescaped(nal[1:]))
    profile = bits.u(8)
    bits.u(16)
    bits.ue()
    chroma = 1
    if profile in (100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135):
        chroma = bits.ue()
        if chroma == 3:
            bits.u(1)
        bits.ue()
        bits.ue()
        bits.u(1)
        if bits.u(1):
            for index in range(8 if chroma != 3 else 12):
                if bits.u(1):
                    last = scale = 8
                    for _ in range(16 if index < 6 else 64):
                        if scale:
                            scale = (last + bits.se()) % 256
                        last = scale or last
    bits.ue()
    order = bits.ue()
    if order == 0:
        bits.ue()
    elif order == 1:
        bits.u(1)
        bits.se()
        bits.se()
        for _ in range(bits.ue()):
            bits.se()
    bits.ue()
    bits.u(1)
    width = 16 * (bits.ue() + 1)
    height_units = bits.ue() + 1
    frame_only = bits.u(1)
    if not frame_only:
        bits.u(1)
    height = 16 * height_units * (2 - frame_only)
    bits.u(1)
    if bits.u(1):
        left, right, top, bottom = (bits.ue() for _ in range(4))
        unit_x = 2 if chroma in (1, 2) else 1
        unit_y = (2 if chroma == 1 else 1) * (2 - frame_only)
        width -= unit_x * (left + right)
        height -= unit_y * (top + bottom)
    return width, height


def hevc_sps_size(nal: bytes) -> tuple:
    """(width, height) after cropping, ISO/IEC 23008-2 7.3.2.2."""
    bits = Bits(unescaped(nal[2:]))
    bits.u(4)
    layers = bits.u(3)
    bits.u(1)
    bits.u(96)  # general profile, tier, level
    present = [(bits.u(1), bits.u(1)) for _ in range(layers)]
    if layers:
        bits.u(2 * (8 - layers))
    for profile, level in present:
        bits.u(88 * profile + 8 * level)
    bits.ue()
    chroma = bits.ue()
    if chroma == 3:
        bits.u(1)
    width, height = bits.ue(), bits.ue()
    if bits.u(1):
        left, right, top, bottom = (bits.ue() for _ in range(4))
        width -= (2 if chroma in (1, 2) else 1) * (left + right)
        height -= (2 if chroma == 1 else 1) * (top + bottom)
    return width, height


def av1_sequence_size(obu: bytes) -> tuple:
    """(width, height) of a sequence header OBU's payload, AV1 5.5.1."""
    bits = Bits(obu)
    bits.u(4)
    if bits.u(1):
        bits.u(5)  # reduced_still_picture_header
    else:
        delay_bits = 0
        if bits.u(1):  # timing_info
            bits.u(64)
            if bits.u(1):
                bits.ue()
            if bits.u(1):  # decoder_model_info
                delay_bits = bits.u(5) + 1
                bits.u(42)
        display_delay = bits.u(1)
        for _ in range(bits.u(5) + 1):
            bits.u(12)
            if bits.u(5) > 7:
                bits.u(1)
            if delay_bits and bits.u(1):
                bits.u(2 * delay_bits + 1)
            if display_delay and bits.u(1):
                bits.u(4)
    width_bits, height_bits = bits.u(4) + 1, bits.u(4) + 1
    return bits.u(width_bits) + 1, bits.u(height_bits) + 1
