//! `floorwatch staff`: how many agents some calls take, and what to expect of a number of them.

use clap::Args;

use super::{Context, ExitCode, Out, Outcome, screen};
use crate::config::ServiceLevelVariant;
use crate::locale::Texts;
use crate::model::Span;
use crate::report::{Cell, Object};
use crate::staffing::{
    Demand, Expected, Goal, MAX_AGENTS, Model, expected, needed, people_to_schedule, workload_agents,
};

/// Arguments of `staff`.
#[derive(Clone, Debug, Args)]
pub struct StaffArgs {
    /// Calls offered …
    #[arg(long, value_name = "N", value_parser = amount)]
    pub calls: f64,
    /// … in this time: 30m, 15min, 1h, 900s
    #[arg(long, value_name = "TIME", default_value = "30m", value_parser = length)]
    pub per: Span,
    /// Mean handle time, seconds: ring + talk + hold + after-call
    #[arg(long, value_name = "S", value_parser = seconds)]
    pub aht: Span,
    /// Share to be answered in time
    #[arg(long, value_name = "SHARE", default_value_t = 0.8, value_parser = share)]
    pub target: f64,
    /// The wait that counts as in time, seconds
    #[arg(long, value_name = "S", default_value = "20", value_parser = seconds_or_none)]
    pub within: Span,
    /// Mean patience of callers, seconds: adds Erlang A
    #[arg(long, value_name = "S", value_parser = seconds)]
    pub patience: Option<Span>,
    /// What to expect of so many agents
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=i64::from(MAX_AGENTS)))]
    pub agents: Option<u32>,
    /// Share of paid time away from calls: from agents to people to schedule
    #[arg(long, value_name = "SHARE", value_parser = below_one)]
    pub shrinkage: Option<f64>,
    /// Agents by workload instead of Erlang: share of their time they may be on calls
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub utilization: Option<f64>,
    /// Share of people who come; with --utilization, instead of --shrinkage
    #[arg(long, value_name = "SHARE", requires = "utilization", conflicts_with = "shrinkage", value_parser = share)]
    pub attendance: Option<f64>,
}

fn number(text: &str) -> Result<f64, String> {
    text.parse::<f64>()
        .ok()
        .filter(|n| n.is_finite() && *n >= 0.0)
        .ok_or_else(|| "write a number, 0 or more".to_owned())
}

fn amount(text: &str) -> Result<f64, String> {
    number(text).ok().filter(|n| *n <= 1e7).ok_or_else(|| "write a number from 0 to 10000000".to_owned())
}

fn seconds_or_none(text: &str) -> Result<Span, String> {
    let found = number(text.strip_suffix('s').unwrap_or(text)).ok().filter(|n| *n <= 86_400.0);
    found.map(Span::from_secs_f64).ok_or_else(|| "write seconds, up to 86400".to_owned())
}

fn seconds(text: &str) -> Result<Span, String> {
    seconds_or_none(text)
        .ok()
        .filter(|s| *s > Span::ZERO)
        .ok_or_else(|| "write seconds, above 0 up to 86400".to_owned())
}

fn share(text: &str) -> Result<f64, String> {
    let percent = text.strip_suffix('%').and_then(|n| number(n).ok()).map(|n| n / 100.0);
    let found = percent.or_else(|| number(text).ok()).filter(|n| *n > 0.0 && *n <= 1.0);
    found.ok_or_else(|| "write a share like 0.8 or 80%, above 0 and at most 1".to_owned())
}

fn below_one(text: &str) -> Result<f64, String> {
    let percent = text.strip_suffix('%').and_then(|n| number(n).ok()).map(|n| n / 100.0);
    let found = percent.or_else(|| number(text).ok()).filter(|n| *n < 1.0);
    found.ok_or_else(|| "write a share like 0.3 or 30%, below 1".to_owned())
}

fn length(text: &str) -> Result<Span, String> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (digits, unit) = text.split_at_checked(end).unwrap_or((text, ""));
    let factor = match unit.trim() {
        "s" | "sec" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => 0.0,
    };
    let found = number(digits).ok().map(|n| n * factor).filter(|n| *n >= 1.0 && *n <= 86_400.0);
    found
        .map(Span::from_secs_f64)
        .ok_or_else(|| "write a time with its unit, like 30m, 1h or 900s, up to 24h".to_owned())
}

/// What was asked, ready to be worked out.
struct Question<'a> {
    args: &'a StaffArgs,
    goal: Goal,
}

impl Question<'_> {
    fn demand(&self, model: Model) -> Demand {
        let patience = self.args.patience.filter(|_| model == Model::ErlangA);
        Demand { calls: self.args.calls, period: self.args.per, handle: self.args.aht, patience }
    }

    /// By Erlang C always, by Erlang A where patience is given.
    fn models(&self) -> impl Iterator<Item = Model> {
        let patient = self.args.patience.is_some();
        [Model::ErlangC, Model::ErlangA].into_iter().filter(move |m| patient || *m == Model::ErlangC)
    }

    fn people(&self, agents: u32) -> Option<u32> {
        people_to_schedule(agents, self.args.shrinkage?)
    }

    /// Agents by workload, rounded up.
    fn workload(&self) -> Option<u32> {
        let a = self.args;
        let agents = workload_agents(a.calls, a.aht, a.per, a.utilization?, a.attendance.unwrap_or(1.0))?;
        // A hair less, so that an exact quotient is not rounded up by a rounding error.
        u32::try_from(whole_up(agents - 1e-9)).ok()
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a float cast saturates")]
fn whole_up(n: f64) -> i64 {
    n.ceil().max(0.0) as i64
}

/// Runs it.
///
/// # Errors
/// It cannot be printed.
pub fn run(args: &StaffArgs, context: &Context, out: &mut Out) -> Outcome {
    let mut request = context.request();
    request.without_secrets = true;
    let settings = context.settings(&request, out)?;
    let goal = Goal {
        within: args.within,
        target: args.target,
        variant: ServiceLevelVariant::OfAll,
        short_abandon: settings.figures.short_abandon,
    };
    let question = Question { args, goal };
    if context.global.json {
        out.json(&question.object())?;
    } else {
        question.tell(Texts::get(screen::lang(context, &settings)), out)?;
    }
    Ok(ExitCode::Fine)
}

impl Question<'_> {
    fn object(&self) -> Object {
        let a = self.args;
        let mut o = Object::new();
        o.put("calls", a.calls).put("per_s", a.per.secs()).put("aht_s", a.aht.secs());
        o.put("load", rounded(self.demand(Model::ErlangC).load()));
        o.put("target", a.target).put("within_s", a.within.secs());
        o.put("service_level_variant", self.goal.variant.word());
        o.put("patience_s", a.patience.map(Span::secs)).put("shrinkage", a.shrinkage);
        for model in [Model::ErlangC, Model::ErlangA] {
            let cell = self.models().any(|m| m == model).then(|| {
                let need = needed(&self.goal, &self.demand(model));
                let mut cell = Object::new();
                cell.put("agents_needed", need.agents);
                cell.put("people_to_schedule", need.agents.and_then(|n| self.people(n)));
                put_expected(&mut cell, &need.expected);
                cell
            });
            o.put(model.word(), cell);
        }
        let with = a.agents.map(|agents| {
            let mut with = Object::new();
            with.put("agents", agents);
            for model in self.models() {
                let mut cell = Object::new();
                put_expected(&mut cell, &expected(agents, &self.goal, &self.demand(model)));
                with.put(model.word(), cell);
            }
            with
        });
        o.put("with_agents", with);
        let workload = a.utilization.map(|utilization| {
            let mut cell = Object::new();
            let agents = self.workload();
            cell.put("agents_needed", agents).put("utilization", utilization).put("attendance", a.attendance);
            cell.put("people_to_schedule", agents.and_then(|n| self.people(n)));
            cell
        });
        o.put("workload", workload);
        o
    }

    fn tell(&self, t: &Texts, out: &mut Out) -> Result<(), super::Failure> {
        let a = self.args;
        let load = format!("{:.2}", self.demand(Model::ErlangC).load());
        let values = [
            ("calls", plain(a.calls)),
            ("min", plain(a.per.secs() / 60.0)),
            ("aht", plain(a.aht.secs())),
            ("load", load),
            ("target", plain(a.target * 100.0)),
            ("within", plain(a.within.secs())),
        ];
        let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (*k, v.as_str())).collect();
        out.line(&t.fill("staff.asked", &values))?;
        if let Some(patience) = a.patience {
            out.line(&t.fill("staff.patience", &[("s", &plain(patience.secs()))]))?;
        }
        out.line("")?;
        let heads =
            ["staff.model", "staff.agents", "staff.level", "staff.asa", "staff.waits", "staff.gone", "staff.busy"];
        row(&heads.map(|key| t.t(key).to_owned()), out)?;
        for model in self.models() {
            let need = needed(&self.goal, &self.demand(model));
            match need.agents {
                Some(_) => row(&figures(t, model, &need.expected), out)?,
                None => out.line(&t.fill("staff.beyond", &[("n", &MAX_AGENTS.to_string())]))?,
            }
        }
        if let Some(agents) = a.agents {
            out.line(&format!("\n{}", t.fill("staff.with", &[("n", &agents.to_string())])))?;
            for model in self.models() {
                row(&figures(t, model, &expected(agents, &self.goal, &self.demand(model))), out)?;
            }
        }
        if let Some(agents) = self.workload() {
            let share = plain(a.utilization.unwrap_or(1.0) * 100.0);
            let said = t.fill("staff.workload", &[("n", &agents.to_string()), ("share", &share)]);
            out.line(&format!("\n{said}"))?;
        }
        if let Some(shrinkage) = a.shrinkage {
            let by_erlang = self.models().last().and_then(|m| needed(&self.goal, &self.demand(m)).agents);
            let seats = self.workload().or(by_erlang);
            if let Some((seats, people)) = seats.and_then(|n| Some((n, self.people(n)?))) {
                let share = plain(shrinkage * 100.0);
                let values = [("seats", seats.to_string()), ("share", share), ("people", people.to_string())];
                let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (*k, v.as_str())).collect();
                out.line(&format!("\n{}", t.fill("staff.schedule", &values)))?;
            }
        }
        out.line(&format!("\n{}", t.t(if a.patience.is_some() { "staff.about_a" } else { "staff.about_c" })))
    }
}

fn put_expected(o: &mut Object, e: &Expected) {
    o.put("agents", e.agents);
    o.put("service_level", rounded(e.service_level));
    o.put("asa_s", e.asa_s.map(rounded));
    o.put("wait_probability", rounded(e.wait_probability));
    o.put("abandon_rate", rounded(e.abandon_rate));
    o.put("occupancy", rounded(e.occupancy));
    o.put("waiting", e.waiting.map(rounded));
}

fn figures(t: &Texts, model: Model, e: &Expected) -> [String; 7] {
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    let name = match model {
        Model::ErlangA => "staffing.erlang_a",
        Model::ErlangC => "staffing.erlang_c",
    };
    [
        t.t(name).to_owned(),
        e.agents.to_string(),
        percent(e.service_level),
        e.asa_s.map_or_else(|| "∞".to_owned(), |s| format!("{s:.1} s")),
        percent(e.wait_probability),
        if model == Model::ErlangA { percent(e.abandon_rate) } else { "–".to_owned() },
        percent(e.occupancy),
    ]
}

/// A line of the table: the first column on the left, the others on the right.
fn row(cells: &[String; 7], out: &mut Out) -> Result<(), super::Failure> {
    let mut line = String::new();
    for (at, cell) in cells.iter().enumerate() {
        let room = 11usize.saturating_sub(unicode_width::UnicodeWidthStr::width(cell.as_str()));
        let (before, after) = if at == 0 { (0, room) } else { (room, 0) };
        line.push_str(&" ".repeat(before));
        line.push_str(cell);
        line.push_str(&" ".repeat(after));
    }
    out.line(line.trim_end())
}

fn rounded(n: f64) -> Cell {
    Cell::Number((n * 1e6).round() / 1e6)
}

fn plain(n: f64) -> String {
    let text = format!("{n:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_shares_are_read() {
        for (text, want) in
            [("30m", Some(1800)), ("15min", Some(900)), ("1h", Some(3600)), ("900s", Some(900)), ("0.5h", Some(1800))]
        {
            assert_eq!(length(text).ok(), want.map(Span::from_secs), "{text}");
        }
        for text in ["30", "", "h", "-1h", "25h", "1d", "nanm", "队"] {
            assert!(length(text).is_err(), "{text}");
        }
        for (text, want) in [
            ("0.8", Some(0.8)),
            ("80%", Some(0.8)),
            ("1", Some(1.0)),
            ("0", None),
            ("1.1", None),
            ("nan", None),
            ("八", None),
        ] {
            assert_eq!(share(text).ok(), want, "{text}");
        }
        assert!(
            seconds("0").is_err() && seconds_or_none("0").is_ok() && seconds("180s").is_ok() && below_one("1").is_err()
        );
    }
}
