//! Any bytes at all: nothing panics and every invariant holds.

use proptest::prelude::*;

use crate::invariants::check;

/// Pieces from which mail is made, put together at random.
fn nearly_mail() -> impl Strategy<Value = Vec<u8>> {
    let pieces: Vec<&[u8]> = vec![
        b"Content-Type: multipart/mixed; boundary=b\r\n",
        b"Content-Type: multipart/alternative; boundary=\"b b\"\r\n",
        b"Content-Type: multipart/digest; boundary=bb\n",
        b"Content-Type: multipart/related; boundary=b--\n",
        b"Content-Type: message/rfc822\r\n",
        b"Content-Type: text/html; charset=utf-7\r\n",
        b"Content-Transfer-Encoding: base64\r\n",
        b"Content-Transfer-Encoding: quoted-printable\r\n",
        b"Content-Disposition: attachment; filename*0*=utf-8''%C3; filename*1=a\r\n",
        b"Content-ID: <a@b>\r\n",
        b"From: \"A\" <a@b>, g:;\r\n",
        b"Subject: =?utf-8?q?=C3=A9?= Re: [x]\r\n",
        b"References: <a@b> <c@d>\r\n",
        b"Date: Mon, 23 Nov 2026 12:00:00 +0100\r\n",
        b"\r\n",
        b"\n",
        b"\r",
        b" ",
        b"\0\xFF\xC3",
        b"--b\r\n",
        b"--b--\r\n",
        b"--b b\n",
        b"--bb\r\n",
        b"--bb--",
        b"--b----\r\n",
        b"<p>text &amp; <a href='https://x'>link</a>",
        b"> quoted =C3=A9 +AOk-\r\n",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        check(&bytes);
    }

    #[test]
    fn anything_like_mail(bytes in nearly_mail()) {
        check(&bytes);
    }
}

/// Our own messages with bytes cut out and turned over.
#[test]
fn damaged_mail() {
    for name in
        ["nested-forward", "calendar-invite", "mixed-attachments-2231", "absurd-headers", "digest"]
    {
        let whole = crate::mail(name);
        for cut in (0..whole.len()).step_by(7) {
            check(&whole[..cut]);
            let mut damaged = whole.clone();
            damaged.drain(cut..(cut + 13).min(whole.len()));
            check(&damaged);
            damaged = whole.clone();
            damaged[cut] ^= 0x20;
            check(&damaged);
        }
    }
}
