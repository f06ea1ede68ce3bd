//! The program `simulate`.

fn main() -> anyhow::Result<()> {
    let mut broken = 0;
    let start = 0;
    for seed in start..200 {
        let scenario = simulation::scenario(seed);
        let report = simulation::play(&scenario, None);
        if let Some(what) = report.broken {
            broken += 1;
            let kept = simulation::shrink(&scenario, None);
            println!("seed {seed} keep {kept}: {what}");
        }
    }
    println!("{broken}");
    Ok(())
}
