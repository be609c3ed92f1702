//! Sync ids: KSUIDs, 27 characters that sort by time.

/// Seconds from 1970 to the KSUID epoch, 2014-05-13T16:53:20Z.
const EPOCH: u64 = 1_400_000_000;

/// Digits of base 62 in the order of their bytes, so that text sorts as the number does.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Characters of a KSUID.
const LENGTH: usize = 27;

/// The id of what began `started_at` milliseconds after 1970, told apart from others of that second by
/// `payload`.
#[allow(clippy::cast_possible_truncation, reason = "quotients are below 2^32 and remainders below 62")]
pub(crate) fn ksuid(started_at: u64, payload: [u8; 16]) -> String {
    let seconds = u32::try_from((started_at / 1000).saturating_sub(EPOCH)).unwrap_or(u32::MAX);
    // The 20 bytes as five big-endian words: long division by 62 gives the digits from the last to the first.
    let mut words = [seconds, 0, 0, 0, 0];
    for (word, bytes) in words[1..].iter_mut().zip(payload.chunks_exact(4)) {
        *word = bytes.iter().fold(0, |word, byte| word << 8 | u32::from(*byte));
    }
    let mut text = [b'0'; LENGTH];
    for digit in text.iter_mut().rev() {
        let mut rest = 0_u64;
        for word in &mut words {
            let dividend = rest << 32 | u64::from(*word);
            *word = (dividend / 62) as u32;
            rest = dividend % 62;
        }
        *digit = DIGITS[rest as usize];
    }
    text.iter().map(|digit| char::from(*digit)).collect()
}

/// The payload that belongs to a run: the run's id, so that publishing a run again gives the same sync id.
/// A run id that is no UUID still gives one, made of its bytes.
pub(crate) fn payload(run: &str) -> [u8; 16] {
    let mut payload = [0_u8; 16];
    let digits: Vec<u8> =
        run.chars().filter_map(|c| c.to_digit(16)).filter_map(|d| d.try_into().ok()).collect();
    if digits.len() == 32 {
        for (byte, pair) in payload.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = pair[0] << 4 | pair[1];
        }
    } else {
        for (index, byte) in run.bytes().enumerate() {
            payload[index % 16] = payload[index % 16].wrapping_mul(31).wrapping_add(byte);
        }
    }
    payload
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_example_of_the_format_comes_out() {
        // 0ujtsYcgvSTl8PAuAdqWYSMnLOv: time 107608047, payload B5A1CD34B5F99D1154FB6853345C9735.
        let payload = 0xB5A1_CD34_B5F9_9D11_54FB_6853_345C_9735_u128.to_be_bytes();
        assert_eq!(ksuid((EPOCH + 107_608_047) * 1000, payload), "0ujtsYcgvSTl8PAuAdqWYSMnLOv");
    }

    #[test]
    fn the_ends_of_the_range_have_27_characters() {
        assert_eq!(ksuid(0, [0; 16]), "0".repeat(27));
        assert_eq!(ksuid(u64::MAX, [0xff; 16]), "aWgEPTl1tmebfsQzFP4bxwgy80V");
    }

    #[test]
    fn later_runs_sort_after_earlier_ones() {
        let ids = [1_700_000_000_000, 1_700_000_001_000, 1_800_000_000_000].map(|at| ksuid(at, [0xff; 16]));
        assert!(ids.is_sorted());
    }

    #[test]
    fn a_run_has_the_same_payload_each_time() {
        let run = "0196f0a0-0000-7000-8000-0000000000ff";
        assert_eq!(payload(run)[..3], [0x01, 0x96, 0xf0]);
        assert_eq!(payload(run)[15], 0xff);
        assert_eq!(payload("not a uuid"), payload("not a uuid"));
        assert_ne!(payload("not a uuid"), payload("nor a uuid"));
    }
}
