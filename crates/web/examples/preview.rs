//! The webmail on loopback over mail in memory, to look at while working on
//! its pages: `cargo run -p web --example preview [PORT]`, then sign in as
//! `alice@demo.test` (English) or `bob@demo.test` (French) with `facteur-demo`.

#[path = "../tests/it/world.rs"]
#[allow(dead_code)]
mod world;

use model::{Flags, MailboxName, Role};
use web::{Door, Wrap};
use world::World;

const DAY: i64 = 86_400;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port: u16 = std::env::args().nth(1).map_or(Ok(2080), |port| port.parse())?;
    let world = World::new().await;
    world.directory.set_name(world.alice, "Alice Martin").await?;
    world.directory.set_name(world.bob, "Camille Roussel").await?;
    for id in [world.alice, world.bob] {
        fill(&world, id).await;
    }
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    let router = web::router(world.web.at(Door::Plain));
    web::serve(listener, Wrap::Plain, router, net::Limits::default(), net::Shutdown::new()).await;
    Ok(())
}

async fn fill(world: &World, id: model::AccountId) {
    let me = if id == world.alice { "alice@demo.test" } else { "bob@demo.test" };
    let letters: &[(i64, &str, &str, &str)] = &[
        (
            1800,
            "Élodie Marchand <elodie@marchand.test>",
            "Dimanche chez Mamie ?",
            "Je peux prendre le train de 9 h 12 et apporter la tarte aux mirabelles, si quelqu’un vient me chercher à la gare.\n\nBises,\nÉlodie",
        ),
        (
            5400,
            "Mairie de Quimper <etat-civil@quimper.test>",
            "Votre rendez-vous carte d’identité",
            "Nous vous confirmons votre rendez-vous du jeudi 26 novembre à 14 h 20, guichet 3. Pensez à la photo.",
        ),
        (
            7300,
            "Hugo Lambert <hugo@lambert.test>",
            "Devis toiture, version 3",
            "Voici le devis corrigé avec l’écran sous-toiture et la zinguerie.",
        ),
        (
            9000,
            "Workshop Kerblanc <bonjour@kerblanc.test>",
            "Your order has left",
            "The parcel left the workshop this morning. Two ruled notebooks, one midnight blue ink, and a little note.",
        ),
        (
            DAY,
            "Priya Natarajan <priya@natarajan.test>",
            "Minutes of Thursday’s meeting",
            "Attached are the minutes. Tell me by Friday if something is missing:\n\n  * the budget\n  * the date of the fête\n\nhttps://example.org/minutes?id=12&lang=en\n\n-- \nPriya",
        ),
        (
            DAY + 7000,
            "Railways <tickets@railazur.test>",
            "Your journey is confirmed",
            "Quimper 7:04 → Marseille 15:26",
        ),
        (
            3 * DAY,
            "Tom Becker <tom@becker.test>",
            "Re: choir on Wednesday",
            "I can bring the scores. Is the small hall heated?\n\nOn Friday, Alice wrote:\n> Who has the scores?\n> > I thought Tom did.\n> Tom?\n",
        ),
        (
            5 * DAY,
            "Library <library@town.test>",
            "Two books are due on Saturday",
            "The Letter, and A History of the Post. You can renew them once.",
        ),
        (
            40 * DAY,
            "A very long sender name that will not fit into its column <long@names.test>",
            "A subject that goes on and on until it has said everything there is to say about the matter and then a little more",
            "And the text goes on as well.",
        ),
        (
            400 * DAY,
            "Facteur <postmaster@demo.test>",
            "Welcome home",
            "Your mailbox is ready. Three things to know, in two minutes.",
        ),
    ];
    let mut numbers = Vec::new();
    for (at, (ago, from, subject, text)) in letters.iter().enumerate() {
        let attachment =
            if at == 2 { "Content-Type: multipart/mixed; boundary=b\n\n--b\n" } else { "" };
        let end = if at == 2 {
            "\n--b\nContent-Type: application/pdf\nContent-Disposition: attachment; filename*=utf-8''devis%20toiture%20n%C2%B0%203.pdf\nContent-Transfer-Encoding: base64\n\nJVBERi0xLjQK\n--b\nContent-Type: image/jpeg\nContent-Disposition: attachment; filename=\"charpente.jpg\"\n\nx\n--b--"
        } else {
            ""
        };
        let content = format!(
            "From: {from}\nTo: {me}, carol@x.test\nSubject: {subject}\nMessage-ID: <m{at}@x>\n{attachment}Content-Type: text/plain; charset=utf-8\n\n{text}{end}\n"
        );
        let bytes = content.replace('\n', "\r\n");
        let flags = if at > 2 { Flags::SEEN } else { Flags::NONE };
        numbers.push(world.put_bytes(id, Role::Inbox, *ago, bytes.as_bytes(), flags).await);
    }
    let html = format!(
        "From: Rail Azur <billets@railazur.test>\nTo: {me}\nSubject: Votre voyage est confirmé\nMessage-ID: <h@x>\nContent-Type: text/html; charset=utf-8\n\n<html><head><style>p{{color:red}}</style></head><body><table width=600><tr><td><img src=https://railazur.test/logo.png alt=\"Rail Azur\"></td><td><h2>Votre voyage est confirmé</h2></td></tr><tr><td colspan=2><p>Quimper 7 h 04 → Marseille 15 h 26, voiture 6, places 41 et 42.</p><p>Dossier <b>KX4 7PQ</b>. <a href=https://railazur.test/dossier>Gérer ma réservation</a></p><ul><li>Billets joints</li><li>Pièce d’identité</li></ul></td></tr></table><script>alert(1)</script></body></html>\n"
    );
    world.put(id, Role::Inbox, 2 * DAY, &html).await;
    for (n, ago) in [(0, 4000), (1, 3000), (2, 2500)] {
        let role = if n == 1 { Role::Sent } else { Role::Inbox };
        let from = if n == 1 { me } else { "Élodie Marchand <elodie@marchand.test>" };
        let text = [
            "Tu réserves pour nous deux ? Je préfère partir tôt.",
            "C’est fait : départ 7 h 04.",
            "Parfait ! Je prends le thermos et les mots croisés. Papa nous dépose à la gare, il faudra être prêts à 6 h 30, ce qui dans sa langue veut dire 6 h 15.\n\nTu regardes pour l’hôtel près du Vieux-Port ?\n\nLe lundi 23 novembre, Camille a écrit :\n> C’est fait : départ 7 h 04.\n>\n> > Tu réserves pour nous deux ?",
        ][n];
        let content = format!(
            "From: {from}\nTo: {}, Papa <papa@marchand.test>\nSubject: {}Billets pour Marseille : confirmation et horaires\nMessage-ID: <t{n}@x>\nReferences: <t0@x>\nContent-Type: text/plain; charset=utf-8\n\n{text}\n",
            if n == 1 { "Élodie Marchand <elodie@marchand.test>" } else { me },
            if n == 0 { "" } else { "Re: " }
        );
        let bytes = content.replace('\n', "\r\n");
        let flags = if n < 2 { Flags::SEEN } else { Flags::NONE };
        let number = world.put_bytes(id, role, ago, bytes.as_bytes(), flags).await;
        numbers.push(number);
    }
    for n in 0..45 {
        let content = format!(
            "From: Newsletter {n} <n{n}@news.test>\nTo: {me}\nSubject: Issue {n} of the weekly letter\n\nWhat happened this week, in {} lines.\n",
            n * 37 % 91
        );
        world
            .put_bytes(
                id,
                Role::Inbox,
                (6 + n) * DAY,
                content.replace('\n', "\r\n").as_bytes(),
                Flags::SEEN,
            )
            .await;
    }
    world.put(id, Role::Spam, 4 * 3600, &format!("From: Your Bank <x@spam.test>\nTo: {me}\nSubject: URGENT\n\nClick http://spam.test/now\n")).await;
    world
        .put(
            id,
            Role::Sent,
            3 * DAY,
            &format!("From: {me}\nTo: hugo@lambert.test\nSubject: Questions\n\nTwo questions.\n"),
        )
        .await;
    let (first, trip) = (numbers[0], numbers[numbers.len() - 1]);
    let account = world.account(id).await;
    let labelled = account.write(move |tx| {
        for (name, number) in
            [("Famille", first), ("Voyage", trip), ("Factures", first), ("Travail/Toiture", trip)]
        {
            let name: MailboxName =
                name.parse().map_err(|_| mailstore::Error::Forbidden("a name"))?;
            let label = tx.create_mailbox(&name)?;
            if label.0 % 2 == 0 || number == trip {
                tx.label(&[number], label)?;
            }
        }
        tx.mark(&[first], Flags::FLAGGED, Flags::NONE)
    });
    labelled.await.unwrap_or_default();
}
