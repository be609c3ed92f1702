//! The one thing needed of an X.509 certificate: where its public key is.

/// The `SubjectPublicKeyInfo` of a DER certificate, tag and length included; none when it is no certificate.
pub(super) fn subject_public_key(certificate: &[u8]) -> Option<&[u8]> {
    const SEQUENCE: u8 = 0x30;
    const VERSION: u8 = 0xA0;
    let (tag, outer, _) = element(certificate)?;
    let (inner_tag, body, _) = element(contents(outer)?)?;
    if tag != SEQUENCE || inner_tag != SEQUENCE {
        return None;
    }
    let mut rest = contents(body)?;
    if rest.first() == Some(&VERSION) {
        rest = element(rest)?.2;
    }
    // Serial number, signature algorithm, issuer, validity and subject come before the key.
    for _ in 0..5 {
        rest = element(rest)?.2;
    }
    let (tag, key, _) = element(rest)?;
    (tag == SEQUENCE).then_some(key)
}

/// The first element: its tag, all its bytes, and what follows it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (header, length) = header(bytes)?;
    let end = header.checked_add(length)?;
    Some((*bytes.first()?, bytes.get(..end)?, bytes.get(end..)?))
}

fn contents(element: &[u8]) -> Option<&[u8]> {
    element.get(header(element)?.0..)
}

/// How long the header is, and the contents after it.
fn header(bytes: &[u8]) -> Option<(usize, usize)> {
    match *bytes.get(1)? {
        short @ 0..=0x7F => Some((2, usize::from(short))),
        long => {
            let count = usize::from(long & 0x7F);
            let digits = bytes.get(2..2 + count).filter(|digits| !digits.is_empty() && digits.len() <= 4)?;
            let length = digits.iter().fold(0, |length, byte| (length << 8) | usize::from(*byte));
            Some((2 + count, length))
        }
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, PublicKeyData as _};

    use super::*;

    #[test]
    fn the_key_of_a_certificate_is_found() {
        let key = KeyPair::generate().unwrap();
        let certificate =
            CertificateParams::new(vec!["a.example".to_owned()]).unwrap().self_signed(&key).unwrap();
        assert_eq!(subject_public_key(certificate.der()), Some(key.subject_public_key_info().as_slice()));
    }

    #[test]
    fn what_is_no_certificate_has_no_key() {
        for bytes in [&[][..], &[0x30], &[0x30, 0x82], &[0x30, 0x03, 0x30, 0x01, 0x00], &[0xFF; 40]] {
            assert_eq!(subject_public_key(bytes), None);
        }
    }
}
