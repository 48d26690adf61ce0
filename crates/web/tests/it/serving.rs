//! Over real sockets, with and without TLS.

use std::time::Duration;

use net::{Limits, Shutdown, Tls};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use web::{Door, Wrap};

use crate::world::World;

const REQUEST: &[u8] = b"GET /login HTTP/1.1\r\nHost: mail.demo.test\r\nConnection: close\r\n\r\n";
const PATIENCE: Duration = Duration::from_secs(20);

async fn listener() -> (TcpListener, std::net::SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

#[tokio::test]
async fn plain_http_answers_and_stops() {
    let world = World::new().await;
    let (listener, address) = listener().await;
    let shutdown = Shutdown::new();
    let router = web::router(world.web.at(Door::Plain));
    let server = tokio::spawn(web::serve(
        listener,
        Wrap::Plain,
        router,
        Limits::default(),
        shutdown.clone(),
    ));
    let mut stream = TcpStream::connect(address).await.expect("connected");
    stream.write_all(REQUEST).await.expect("sent");
    let mut answer = String::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_string(&mut answer)).await;
    read.expect("in time").expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("name=\"password\""));
    // An idle connection does not hold up the end.
    let _idle = TcpStream::connect(address).await.expect("connected");
    shutdown.begin();
    tokio::time::timeout(PATIENCE, server).await.expect("in time").expect("it ended well");
}

#[tokio::test]
async fn https_answers() {
    net::install_provider();
    let world = World::new().await;
    let (listener, address) = listener().await;
    let data = tempfile::tempdir().expect("a directory");
    let tls = Tls::self_signed("mail.demo.test", data.path()).expect("a certificate");
    let shutdown = Shutdown::new();
    let router = web::router(world.web.at(Door::Tls));
    let server = tokio::spawn(web::serve(
        listener,
        Wrap::Tls(tls),
        router,
        Limits::default(),
        shutdown.clone(),
    ));
    let stream = TcpStream::connect(address).await.expect("connected");
    let mut client = net::Connection::plain(stream, address);
    let name = net::server_name("mail.demo.test").expect("a name");
    let trust = net::ClientTls::opportunistic().expect("a client");
    client.start_tls_as_client(&trust, name).await.expect("TLS");
    client.send(REQUEST).await.expect("sent");
    let line = client.read_line(1000, PATIENCE).await.expect("an answer");
    assert_eq!(line.bytes, &b"HTTP/1.1 200 OK"[..]);
    shutdown.begin();
    tokio::time::timeout(PATIENCE, server).await.expect("in time").expect("it ended well");
}
