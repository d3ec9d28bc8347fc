//! The walk as a whole: what is found in a function, and what is not.

use syn::parse_quote;

use super::*;
use crate::kind::Kind;

/// The names of the lints that a function breaks, in order.
fn found(item: TokenStream) -> Vec<&'static str> {
    let mut problems = Problems::default();
    let mut function = Function::read(item, Kind::Handler, &mut problems).unwrap();
    let texts = check(&mut function, &Allowed::default(), &Source::default()).texts();
    assert!(problems.into_error().is_none());
    let names = texts.iter().map(|text| {
        catalogue::Lint::ALL
            .iter()
            .find(|lint| text.contains(&format!("allow({})", lint.name())))
            .map_or("another", |lint| lint.name())
    });
    names.collect()
}

fn in_handler(body: &Block) -> Vec<&'static str> {
    found(quote::quote! {
        async fn workflow(event: Event, ctx: DurableContext) -> Result<(), BoxError> #body
    })
}

#[test]
fn all_that_a_body_breaks_is_found_at_once() {
    let found = in_handler(&parse_quote!({
        let now = chrono::Utc::now();
        let id = uuid::Uuid::new_v4();
        let zone = jiff::Zoned::now();
        let at = time::OffsetDateTime::now_utc();
        let n = rand::random::<u32>() + fastrand::u32(..);
        let page = reqwest::get("http://a").await?;
        futures::select! { a = b => c }
        Ok(())
    }));
    assert_eq!(
        found,
        [
            "clock", "random", "clock", "clock", "random", "random", "io", "select"
        ]
    );
}

#[test]
fn names_inside_the_body_hide_those_outside() {
    let found = in_handler(&parse_quote!({
        use crate::clock::SystemTime;
        use tokio::time::sleep as pause;
        struct Instant;
        let now = SystemTime::now();
        let then = Instant::now();
        {
            use std::time::SystemTime;
            let real = SystemTime::now();
        }
        pause(now).await;
        Ok(())
    }));
    assert_eq!(found, ["clock", "sleep"]);
}

#[test]
fn a_hidden_context_is_not_the_outer_one() {
    let found = in_handler(&parse_quote!({
        ctx.run_in_child_context(|ctx| async move {
            ctx.step(|ctx| async move { Ok(ctx.attempt()) }).await?;
            ctx.map(
                items,
                |ctx, item, _| async move { charge(&ctx, item).await },
            )
            .await?;
            charge(&ctx, 1).await
        })
        .await?;
        let service = Service::new();
        service.map(|ctx| ctx.step(1));
        items.iter().map(|ctx| ctx.wait(1)).count();
        Ok(())
    }));
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn an_outer_context_is_found_under_any_name_and_in_any_closure() {
    let found = in_handler(&parse_quote!({
        let a = ctx.clone();
        let b = &a;
        let c = DurableContext::clone(&ctx);
        ctx.with_retry(move |inner| {
            let a = a.clone();
            async move { a.step(|_| async { Ok(1) }).await }
        })
        .await?;
        ctx.run_in_child_context({
            let b = b.clone();
            move |inner| async move { charge(&b, 1).await }
        })
        .await?;
        ctx.run_in_child_context(|inner| async move {
            let all: Vec<_> = items.iter().map(|item| charge(&c, item).future()).collect();
            self::service.run(&c).await;
            inner.join_all(all).await
        })
        .await?;
        let branch = |inner: DurableContext| async move { c.wait(second).await };
        Ok(())
    }));
    assert_eq!(found, ["outer_context"; 5]);
}

#[test]
fn a_context_is_free_to_be_looked_at() {
    let found = in_handler(&parse_quote!({
        let a = ctx.clone();
        ctx.run_in_child_context(move |inner| async move {
            let kept = Some(a.clone());
            drop(a.clone());
            tracing::info!(arn = a.execution_arn(), at = ?SystemTime::now());
            Ok(a.execution_arn().to_owned())
        })
        .await?;
        Ok(())
    }));
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn macros_are_looked_into() {
    let found = in_handler(&parse_quote!({
        let all = vec![SystemTime::now(); 2];
        let text = format!("{} {:?}", 1, Utc::now());
        let json = serde_json::json!({"id": Uuid::new_v4(), "list": [{"at": Utc::now()}]});
        let both = tokio::join!(charge(&ctx, 1), tokio::time::sleep(second));
        assert!(matches!(SystemTime::now(), _));
        tracing::info!("{:?}", SystemTime::now());
        println!("{:?}", Utc::now());
        Ok(())
    }));
    assert_eq!(
        found,
        ["clock", "clock", "random", "clock", "sleep", "clock"]
    );
}

#[test]
fn what_a_step_does_is_free_but_its_arguments_are_not() {
    let found = in_handler(&parse_quote!({
        let a = self::context()
            .step(|_| async { Ok(SystemTime::now()) })
            .await?;
        let b = ctx
            .step(move |_| {
                let id = Uuid::new_v4();
                async move { Ok(id) }
            })
            .await?;
        let body = |_| async { Ok(SystemTime::now()) };
        let c = ctx
            .step(body)
            .retry_strategy(|_, _| jitter(rand::random()))
            .await?;
        let d = charge(&ctx, SystemTime::now()).await?;
        let e = ctx.invoke::<(), _>("f", Uuid::new_v4()).await?;
        Ok(())
    }));
    assert_eq!(found, ["clock", "random"]);
}

#[test]
fn an_operation_in_a_step_is_found() {
    let found = in_handler(&parse_quote!({
        let copy = ctx.clone();
        ctx.step(move |_| async move { charge(&copy, 1).await })
            .await?;
        Ok(())
    }));
    assert_eq!(found, ["another"]);
}

#[test]
fn a_branch_on_the_replay_may_log_but_not_act() {
    let found = in_handler(&parse_quote!({
        if !ctx.is_replaying() {
            tracing::info!("first time");
            metrics.count("started");
        }
        let id = ctx.lambda_context().request_id.clone();
        tracing::info!(id, "invoked");
        if id.starts_with('a') {
            charge(&ctx, 1).await?;
        }
        if ctx.is_replaying() {
            total = 1;
        }
        while ctx.is_replaying() {
            ctx.wait(second).await?;
        }
        Ok(())
    }));
    assert_eq!(found, ["replay"; 3]);
}

#[test]
fn the_order_of_a_hash_map_matters_to_operations_alone() {
    let found = in_handler(&parse_quote!({
        let mut map = HashMap::new();
        for (key, value) in &map {
            sum += value;
        }
        for key in map.keys() {
            charge(&ctx, key).await?;
        }
        let mut sorted: Vec<_> = map.into_iter().collect();
        sorted.sort();
        for (key, _) in sorted {
            charge(&ctx, key).await?;
        }
        let map = BTreeMap::new();
        for key in map.keys() {
            charge(&ctx, key).await?;
        }
        let fixed: HashMap<u8, u8, Fixed> = HashMap::default();
        for key in fixed.keys() {
            charge(&ctx, key).await?;
        }
        Ok(())
    }));
    assert_eq!(found, ["hash_order"]);
}

#[test]
fn a_name_is_checked_even_where_its_values_are_allowed() {
    let found = in_handler(&parse_quote!({
        #[durable(allow(clock))]
        charge(&ctx, 1)
            .name(format!("{:?}", SystemTime::now()))
            .await?;
        builder.name(Uuid::new_v4());
        Ok(())
    }));
    assert_eq!(found, ["operation_name", "random"]);
}

#[test]
fn an_allowance_ends_with_its_statement() {
    let found = in_handler(&parse_quote!({
        #[durable(allow(clock, random))]
        let at = (SystemTime::now(), Uuid::new_v4());
        #[durable(allow(clock))]
        total = total + SystemTime::now();
        match event {
            #[durable(allow(clock))]
            1 => SystemTime::now(),
            _ => SystemTime::now(),
        };
        #[durable(allow(clock))]
        SystemTime::now().into()
    }));
    assert_eq!(found, ["clock"]);
}

#[test]
fn a_body_that_does_not_parse_is_left_to_the_compiler() {
    let found = found(quote::quote! {
        async fn workflow(event: Event, ctx: DurableContext) -> Result<(), BoxError> {
            let = SystemTime::now();
        }
    });
    assert!(found.is_empty(), "{found:?}");
}

fn in_step(body: &Block) -> Vec<String> {
    let mut problems = Problems::default();
    let item = quote::quote! {
        async fn step(ctx: StepContext, cents: u32) -> Result<(), BoxError> #body
    };
    let mut function = Function::read(item, Kind::Step, &mut problems).unwrap();
    check_step(&mut function, &Allowed::default(), &Source::default()).texts()
}

#[test]
fn of_all_that_a_step_does_only_an_end_of_the_process_is_found() {
    let texts = in_step(&parse_quote!({
        let now = std::time::SystemTime::now();
        let id = uuid::Uuid::new_v4();
        tokio::time::sleep(pause).await;
        let other = ctx.clone();
        for (name, price) in HashMap::from(prices) {
            other.note(name);
        }
        tracing::info!("{:?}", std::process::id());
        exit(1);
        if cents == 0 {
            process::exit(1);
        }
        #[durable(allow(exit))]
        std::process::abort();
        Ok(())
    }));
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert!(
        texts[0].contains("this ends the process, not the step"),
        "{texts:?}"
    );
}
