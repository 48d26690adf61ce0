//! A name server on loopback that knows a handful of names (RFC 1035 §4).

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::net::UdpSocket;

const A: u16 = 1;
const CNAME: u16 = 5;
const MX: u16 = 15;

#[derive(Clone)]
enum Data {
    Address(Ipv4Addr),
    Mx(u16, String),
    Alias(String),
}

/// Names that are not in it do not exist; those in `silent` fail.
#[derive(Clone, Default)]
pub struct Zone {
    records: Arc<Mutex<HashMap<String, Vec<Data>>>>,
    broken: Arc<Mutex<Vec<String>>>,
}

impl Zone {
    fn add(&self, name: &str, data: Data) {
        self.records.lock().unwrap().entry(name.to_owned()).or_default().push(data);
    }

    pub fn mx(&self, name: &str, preference: u16, host: &str) {
        self.add(name, Data::Mx(preference, host.to_owned()));
    }

    pub fn a(&self, name: &str, address: &str) {
        self.add(name, Data::Address(address.parse().unwrap()));
    }

    pub fn alias(&self, name: &str, to: &str) {
        self.add(name, Data::Alias(to.to_owned()));
    }

    /// Every question about `name` is answered with SERVFAIL.
    pub fn broken(&self, name: &str) {
        self.broken.lock().unwrap().push(name.to_owned());
    }

    pub fn mend(&self) {
        self.broken.lock().unwrap().clear();
    }

    /// Answers questions on a port of its own.
    pub async fn serve(&self) -> SocketAddr {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let zone = self.clone();
        tokio::spawn(async move {
            let mut buffer = [0; 1500];
            while let Ok((length, peer)) = socket.recv_from(&mut buffer).await {
                if let Some(answer) = zone.answer(&buffer[..length]) {
                    let _ = socket.send_to(&answer, peer).await;
                }
            }
        });
        address
    }

    fn answer(&self, question: &[u8]) -> Option<Vec<u8>> {
        let mut name = String::new();
        let mut at = 12;
        while question[at] != 0 {
            let length = usize::from(question[at]);
            if !name.is_empty() {
                name.push('.');
            }
            name.push_str(std::str::from_utf8(question.get(at + 1..=at + length)?).ok()?);
            at += length + 1;
        }
        let kind = u16::from_be_bytes([question[at + 1], question[at + 2]]);
        let end = at + 5;
        let name = name.to_ascii_lowercase();
        let broken = self.broken.lock().unwrap().contains(&name);
        let records = self.records.lock().unwrap();
        let mut answers = Vec::new();
        let (mut owner, mut known) = (name, false);
        while let Some(found) = records.get(&owner) {
            known = true;
            answers.extend(found.iter().filter_map(|data| record(&owner, kind, data)));
            match found
                .iter()
                .find_map(|data| if let Data::Alias(to) = data { Some(to) } else { None })
            {
                Some(to) => owner = to.clone(),
                None => break,
            }
        }
        let code = if broken { 2 } else { u8::from(!known) * 3 };
        if broken {
            answers.clear();
        }
        let mut out = question[..2].to_vec();
        out.extend([0x81, 0x80 | code, 0, 1, 0, answers.len() as u8, 0, 0, 0, 0]);
        out.extend(&question[12..end]);
        out.extend(answers.concat());
        Some(out)
    }
}

fn record(owner: &str, kind: u16, data: &Data) -> Option<Vec<u8>> {
    let (of, bytes) = match data {
        Data::Address(ip) => (A, ip.octets().to_vec()),
        Data::Mx(preference, host) => {
            (MX, [preference.to_be_bytes().to_vec(), encoded(host)].concat())
        }
        Data::Alias(to) => (CNAME, encoded(to)),
    };
    if of != kind && of != CNAME {
        return None;
    }
    let mut out = encoded(owner);
    out.extend(of.to_be_bytes());
    out.extend([0, 1, 0, 0, 0, 0]); // IN, and no second of caching
    out.extend((bytes.len() as u16).to_be_bytes());
    out.extend(bytes);
    Some(out)
}

fn encoded(name: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for label in name.split('.').filter(|l| !l.is_empty()) {
        out.push(label.len() as u8);
        out.extend(label.as_bytes());
    }
    out.push(0);
    out
}
