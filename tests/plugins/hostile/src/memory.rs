//! Looks through the whole of its own memory for anything that reads like text.

/// The shortest text worth reporting.
const SHORTEST: usize = 6;

/// Every run of printable bytes in linear memory, with its address.
pub(crate) fn texts() -> Vec<(usize, String)> {
    let end = size();
    let mut found = Vec::new();
    let mut start = 0;
    for address in 0..end {
        if byte(address).is_some_and(|byte| byte.is_ascii_graphic() || byte == b' ') {
            continue;
        }
        if address - start >= SHORTEST {
            found.push((start, text(start, address)));
        }
        start = address + 1;
    }
    found
}

fn text(from: usize, to: usize) -> String {
    (from..to).filter_map(byte).map(char::from).collect()
}

#[cfg(target_arch = "wasm32")]
fn size() -> usize {
    core::arch::wasm32::memory_size(0) * 65_536
}

#[cfg(target_arch = "wasm32")]
fn byte(address: usize) -> Option<u8> {
    // SAFETY: the address lies within linear memory, all of which may be read. What lives there may belong to
    // a value of this program; the read is volatile so that the compiler assumes nothing about it.
    (address != 0).then(|| unsafe { std::ptr::with_exposed_provenance::<u8>(address).read_volatile() })
}

#[cfg(not(target_arch = "wasm32"))]
fn size() -> usize {
    0
}

#[cfg(not(target_arch = "wasm32"))]
fn byte(_: usize) -> Option<u8> {
    None
}
