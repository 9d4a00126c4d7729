"""OBS Studio as a publisher: under Xvfb, with a profile made for it."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from harness import Child, Server, wait_until


class Obs:
    """Publishes a looping test clip on live/{name} while the context is open."""

    def __init__(self, server: Server, name: str = "obs"):
        self.folder = Path(tempfile.mkdtemp(prefix="rostrum-obs-"))
        self.server, self.name = server, name

    def __enter__(self):
        self.write_profile()
        reading, writing = os.pipe()
        self.screen = Child(["Xvfb", "-displayfd", writing, "-screen", "0", "1280x800x24", "+extension", "GLX", "-nolisten", "tcp"], "Xvfb",
                            signal.SIGTERM, pass_fds=(writing,))
        os.close(writing)
        with os.fdopen(reading) as pipe:
            display = pipe.readline().strip()
        runtime = self.folder / "runtime"
        runtime.mkdir(mode=0o700)
        environment = {**os.environ, "DISPLAY": f":{display}", "HOME": str(self.folder), "XDG_CONFIG_HOME": str(self.folder / "config"),
                       "XDG_RUNTIME_DIR": str(runtime), "LIBGL_ALWAYS_SOFTWARE": "1", "QT_QPA_PLATFORM": "xcb"}
        self.obs = Child(["obs", "--multi", "--startstreaming", "--profile", "test", "--collection", "test", "--disable-missing-files-check",
                          "--disable-updater"], "obs", signal.SIGTERM, env=environment)
        return self

    def __exit__(self, *_):
        self.obs.stop()
        self.screen.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def output(self) -> str:
        return self.obs.output()

    def write_profile(self) -> None:
        clip = self.folder / "clip.mp4"
        subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=30:duration=10", "-f", "lavfi", "-i",
                        "sine=frequency=440:sample_rate=48000:duration=10", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", str(clip)], check=True)
        root = self.folder / "config/obs-studio"
        profile = root / "basic/profiles/test"
        scenes = root / "basic/scenes"
        profile.mkdir(parents=True)
        scenes.mkdir(parents=True)
        (root / "global.ini").write_text(
            "[General]\nFirstRun=true\nLastVersion=486539266\nEnableAutoUpdates=false\n[Basic]\nProfile=test\nProfileDir=test\n"
            "SceneCollection=test\nSceneCollectionFile=test\n[BasicWindow]\nWarnBeforeStartingStream=false\n[OBSWebSocket]\nFirstLoad=false\n")
        (profile / "basic.ini").write_text(
            "[General]\nName=test\n[Video]\nBaseCX=640\nBaseCY=360\nOutputCX=640\nOutputCY=360\nFPSType=0\nFPSCommon=30\n[Output]\nMode=Simple\n"
            "[SimpleOutput]\nVBitrate=1500\nABitrate=128\nStreamEncoder=x264\nPreset=ultrafast\nUseAdvanced=true\nx264Settings=keyint=60\n[Audio]\nSampleRate=48000\n")
        (profile / "service.json").write_text(json.dumps({"type": "rtmp_custom", "settings": {
            "server": f"rtmp://127.0.0.1:{self.server.rtmp}/live", "key": self.name, "use_auth": False, "bwtest": False}}))
        (scenes / "test.json").write_text(json.dumps({
            "name": "test", "current_scene": "scene", "current_program_scene": "scene", "scene_order": [{"name": "scene"}], "sources": [
                {"id": "ffmpeg_source", "name": "clip", "settings": {"local_file": str(clip), "looping": True, "hw_decode": False}, "mixers": 255},
                {"id": "scene", "name": "scene", "settings": {"id_counter": 1, "custom_size": False, "items": [
                    {"name": "clip", "id": 1, "visible": True, "pos": {"x": 0, "y": 0}, "scale": {"x": 1, "y": 1}}]}}]}))

    def wait_publishing(self) -> None:
        wait_until(lambda: not self.obs.running() or "Connection to rtmp" in self.output(), 60, "OBS connects")
        if not self.obs.running():
            raise AssertionError("OBS ended:\n" + self.output()[-3000:])
