//! Which language, and whether the terminal takes UTF-8: pure functions of given strings.

use crate::config::Lang;

/// What the environment says of language; each as set, empty counts as not set.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Environment {
    /// `LC_ALL`: beats the others.
    pub lc_all: Option<String>,
    /// `LC_MESSAGES`: the language of texts.
    pub lc_messages: Option<String>,
    /// `LC_CTYPE`: the encoding.
    pub lc_ctype: Option<String>,
    /// `LANG`: where the others are silent.
    pub lang: Option<String>,
}

impl Environment {
    /// Reads them through `get`, which is `std::env::var` but in tests.
    #[must_use]
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Self {
        let var = |name| get(name).filter(|v| !v.is_empty());
        Self { lc_all: var("LC_ALL"), lc_messages: var("LC_MESSAGES"), lc_ctype: var("LC_CTYPE"), lang: var("LANG") }
    }
}

/// The language of a name such as `en`, `en_US.UTF-8`, `zh-CN`, `zh_CN.GB18030`; `None` for one the product does not
/// speak. `C` and `POSIX` name none.
#[must_use]
pub fn parse_lang(name: &str) -> Option<Lang> {
    let base = name.split(['.', '@']).next().unwrap_or_default().to_ascii_lowercase();
    match base.split(['_', '-']).next().unwrap_or_default() {
        "en" => Some(Lang::En),
        "zh" => Some(Lang::ZhCn),
        _ => None,
    }
}

/// The language in force: `--lang`, else the configuration, else `LC_ALL`, `LC_MESSAGES`, `LANG` (the first that is
/// set decides), else English.
#[must_use]
pub fn choose(flag: Option<Lang>, config: Option<Lang>, env: &Environment) -> Lang {
    let named = [&env.lc_all, &env.lc_messages, &env.lang].into_iter().flatten().next();
    flag.or(config).or_else(|| named.and_then(|name| parse_lang(name))).unwrap_or(Lang::En)
}

/// Whether texts may hold more than ASCII: the first of `LC_ALL`, `LC_CTYPE`, `LANG` that is set names UTF-8.
#[must_use]
pub fn utf8(env: &Environment) -> bool {
    let named = [&env.lc_all, &env.lc_ctype, &env.lang].into_iter().flatten().next();
    named.is_some_and(|name| {
        let name = name.to_ascii_lowercase();
        name.ends_with("utf-8") || name.ends_with("utf8") || name.contains("utf-8@") || name.contains("utf8@")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(all: &str, messages: &str, ctype: &str, lang: &str) -> Environment {
        let values = [("LC_ALL", all), ("LC_MESSAGES", messages), ("LC_CTYPE", ctype), ("LANG", lang)];
        Environment::read(|name| values.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn flag_then_config_then_environment() {
        let (en, zh) = (Some(Lang::En), Some(Lang::ZhCn));
        for (flag, config, e, want) in [
            (en, zh, env("zh_CN.UTF-8", "", "", ""), Lang::En),
            (None, zh, env("en_US.UTF-8", "", "", ""), Lang::ZhCn),
            (None, None, env("zh_CN.UTF-8", "en_US", "", "en_US"), Lang::ZhCn),
            (None, None, env("", "zh_CN", "", "en_US.UTF-8"), Lang::ZhCn),
            (None, None, env("", "", "", "zh_TW.UTF-8"), Lang::ZhCn),
            (None, None, env("C", "", "", "zh_CN.UTF-8"), Lang::En),
            (None, None, env("", "", "zh_CN.UTF-8", "de_DE.UTF-8"), Lang::En),
            (None, None, env("", "", "", ""), Lang::En),
        ] {
            assert_eq!(choose(flag, config, &e), want, "{e:?}");
        }
    }

    #[test]
    fn the_encoding_is_read_from_the_first_that_is_set() {
        for (e, want) in [
            (env("", "", "", "en_US.UTF-8"), true),
            (env("", "", "", "zh_CN.utf8"), true),
            (env("", "", "", "ca_ES.UTF-8@valencia"), true),
            (env("C", "", "", "en_US.UTF-8"), false),
            (env("", "", "POSIX", "en_US.UTF-8"), false),
            (env("", "zh_CN.UTF-8", "", ""), false),
            (env("", "", "", "zh_CN.GB18030"), false),
            (env("C.UTF-8", "", "", ""), true),
        ] {
            assert_eq!(utf8(&e), want, "{e:?}");
        }
    }
}
