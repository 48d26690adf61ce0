#![no_main]
//! What people type into `To:`, and addresses as SMTP writes them: what is
//! accepted is written so that it is accepted again.

libfuzzer_sys::fuzz_target!(|text: &str| {
    for person in message::parse_addresses(text).into_iter().flatten() {
        let again = person.email.parse::<model::Address>().expect("a typed address is an address");
        assert_eq!(again.to_string(), person.email);
    }
    if let Ok(address) = text.parse::<model::Address>() {
        assert_eq!(address.to_string().parse(), Ok(address));
    }
});
