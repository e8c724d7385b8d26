"""In which numbers the network is trained."""

from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
# The instructions that multiply bfloat16; without one of them TensorFlow emulates it, which took
# more than ten times as long as float32.
BFLOAT16 = {"avx512_bf16", "amx_bf16", "bf16"}


def training_policy(cpuinfo: Path = CPUINFO) -> str:
    """Keras's name for it: bfloat16 where the processor computes in it, else float32."""
    words = cpuinfo.read_text().split() if cpuinfo.exists() else []
    return "mixed_bfloat16" if BFLOAT16 & set(words) else "float32"
