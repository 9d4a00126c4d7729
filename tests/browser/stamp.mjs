// Runs in the page: reads the times that stampgen.py drew, off each frame that is shown.
export function installStampReader() {
  const video = document.getElementById("video");
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", {willReadFrequently: true});
  const samples = [];
  window.stamps = samples;
  const read = (_, {width, height, expectedDisplayTime}) => {
    const block = Math.floor(width / 32);
    const lines = block >> 1 << 1;
    canvas.width = width;
    canvas.height = 2 * lines;
    context.drawImage(video, 0, 0, width, height, 0, 0, width, height);
    const {data} = context.getImageData(0, 0, width, 2 * lines);
    const lit = (column, row) => data[4 * (row * width + column)] > 127;
    let stamp = 0;
    let whole = true;
    for (let i = 0; i < 32; i += 1) {
      const middle = i * block + (block >> 1);
      const bit = lit(middle, lines >> 1);
      if (bit === lit(middle, lines + (lines >> 1))) whole = false;
      stamp = stamp * 2 + (bit ? 1 : 0);
    }
    // The frame is on the glass at expectedDisplayTime, or already is.
    const shown = Math.max(expectedDisplayTime, performance.now()) + performance.timeOrigin;
    if (whole) samples.push({glass: (((shown - stamp) % 2 ** 32) + 2 ** 32) % 2 ** 32, said: document.getElementById("latency").textContent});
    video.requestVideoFrameCallback(read);
  };
  video.requestVideoFrameCallback(read);
}
