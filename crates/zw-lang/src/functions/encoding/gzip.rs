//! gzip.

use std::io::Read;

use flate2::read::MultiGzDecoder;
use flate2::{Compress, Compression, Crc, FlushCompress};

use crate::functions::args::TEXT_BYTES_MAX;

/// A header without name or time, from an unknown operating system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// The last block, stored and empty.
const LAST_BLOCK: [u8; 5] = [1, 0, 0, 0xff, 0xff];

/// Compresses bytes. The frame is that of Terraform, which flushes before it ends the stream; the
/// blocks are those of another compressor, and may differ for longer text.
pub(super) fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut deflate = Compress::new(Compression::default(), false);
    let mut body = Vec::with_capacity(bytes.len() / 2 + 64);
    loop {
        let done = usize::try_from(deflate.total_in()).unwrap_or(bytes.len());
        body.reserve(1024.max((bytes.len() - done) / 2));
        let before = body.len();
        let result = deflate.compress_vec(&bytes[done..], &mut body, FlushCompress::Sync);
        let all_in = usize::try_from(deflate.total_in()).is_ok_and(|done| done == bytes.len());
        // A flush is done when it leaves room in the buffer.
        let is_done = all_in && body.len() < body.capacity();
        if result.is_err() || is_done || (all_in && body.len() == before) {
            break;
        }
    }
    let mut crc = Crc::new();
    crc.update(bytes);
    let mut out = Vec::with_capacity(body.len() + 32);
    out.extend_from_slice(&HEADER);
    out.extend_from_slice(&body);
    out.extend_from_slice(&LAST_BLOCK);
    out.extend_from_slice(&crc.sum().to_le_bytes());
    out.extend_from_slice(&crc.amount().to_le_bytes());
    out
}

/// Decompresses bytes, up to the longest text that a function makes.
pub(super) fn decompress(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    let limit = u64::try_from(TEXT_BYTES_MAX).unwrap_or(u64::MAX);
    let mut decoder = MultiGzDecoder::new(bytes).take(limit + 1);
    decoder.read_to_end(&mut out).map_err(|error| error.to_string())?;
    if out.len() > TEXT_BYTES_MAX {
        return Err(format!("the result would be longer than {TEXT_BYTES_MAX} bytes"));
    }
    Ok(out)
}
