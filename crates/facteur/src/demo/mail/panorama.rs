//! A picture big enough to be worth a quota, drawn rather than stored.

/// Width and height in pixels.
const SIZE: (u32, u32) = (1600, 900);

/// Mountains at dusk, as an uncompressed BMP of 4.3 MB.
pub(crate) fn picture() -> Vec<u8> {
    let (width, height) = SIZE;
    let pixels = width * height * 3;
    let mut bytes = Vec::with_capacity(54 + pixels as usize);
    // BITMAPFILEHEADER and BITMAPINFOHEADER, 24 bits a pixel, rows from below.
    bytes.extend_from_slice(b"BM");
    for word in [54 + pixels, 0, 54, 40, width, height] {
        bytes.extend_from_slice(&word.to_le_bytes());
    }
    bytes.extend_from_slice(&[1, 0, 24, 0]);
    for word in [0, pixels, 2835, 2835, 0, 0] {
        bytes.extend_from_slice(&word.to_le_bytes());
    }
    let ridges: Vec<[u32; 3]> = (0..width).map(ridges).collect();
    for row in 0..height {
        for ridges in &ridges {
            bytes.extend_from_slice(&colour(row, ridges));
        }
    }
    bytes
}

/// How high the three ridges are above column `x`, nearest first.
fn ridges(x: u32) -> [u32; 3] {
    let wave =
        |length: f64, height: f64, shift: f64| (f64::from(x) / length + shift).sin() * height;
    let near = 150.0 + wave(190.0, 60.0, 0.4) + wave(53.0, 18.0, 0.0) + wave(11.0, 4.0, 0.0);
    let middle = 330.0 + wave(240.0, 80.0, 2.0) + wave(61.0, 26.0, 1.0) + wave(17.0, 6.0, 0.0);
    let far = 520.0 + wave(300.0, 90.0, 4.4) + wave(83.0, 40.0, 0.0) + wave(23.0, 9.0, 0.0);
    [near, middle, far].map(|height| height.max(0.0) as u32)
}

/// Blue, green, red of a pixel `row` above the lower edge.
fn colour(row: u32, ridges: &[u32; 3]) -> [u8; 3] {
    let colours = [[48, 44, 30], [92, 74, 58], [140, 110, 104]];
    match ridges.iter().position(|height| row < *height) {
        Some(ridge) => colours[ridge],
        // The sky from orange below to blue above.
        None => {
            let part = (row * 255 / SIZE.1) as u8;
            [60 + part / 2, 150 - part / 4, 255 - part / 2]
        }
    }
}
