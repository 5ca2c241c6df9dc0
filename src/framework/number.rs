//! A number of Terraform's language: integers exact at any size, other decimals as the text they were written in.

use std::{fmt, str::FromStr};

/// A number. Equality is that of hosts: two numbers are equal if the shortest decimal texts
/// that stand for them are, so that `0.1` as text and as a 64-bit float are the same number.
#[derive(Clone, Debug)]
pub struct Number(Form);

#[derive(Clone, Debug)]
enum Form {
    Integer(i64),
    /// A finite float that is no integer, or an infinity. It is kept beside the decimal text
    /// so that a float which arrived goes back as the same float.
    Float(f64),
    Decimal(Decimal),
}

/// `0.digits` times ten to the `exponent`; no zero at either end of the digits.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Decimal {
    negative: bool,
    digits: String,
    exponent: i64,
}

/// A text that is no number, or one that is out of every reasonable range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// The text does not follow the grammar of JSON numbers, with an optional `+`.
    #[error("not a decimal number")]
    Syntax,
    /// The exponent is beyond ±10,000; writing such a number out would only exhaust the memory.
    #[error("the number's exponent is out of range")]
    Range,
    /// Not a number in the sense of floats.
    #[error("NaN is not a value of Terraform's language")]
    NotANumber,
}

/// How a number goes over the wire: the most compact form that is exact.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Exact {
    Integer(i64),
    Float(f64),
    Text(String),
}

const MAX_EXPONENT: u64 = 10_000;

impl Number {
    /// A 64-bit float.
    ///
    /// # Errors
    /// If it is NaN, which Terraform's language does not know.
    pub fn from_f64(float: f64) -> Result<Self, NumberError> {
        if float.is_nan() {
            Err(NumberError::NotANumber)
        } else if float.is_finite() && float.fract() == 0.0 {
            format!("{float:.0}").parse()
        } else {
            Ok(Self(Form::Float(float)))
        }
    }

    /// Its value, if it is an integer of 64 bits.
    pub fn as_i64(&self) -> Option<i64> {
        match self.0 {
            Form::Integer(integer) => Some(integer),
            Form::Float(_) | Form::Decimal(_) => None,
        }
    }

    /// The nearest 64-bit float.
    pub fn as_f64(&self) -> f64 {
        match &self.0 {
            Form::Float(float) => *float,
            // A decimal text always parses as a float; the fallback cannot be reached.
            Form::Integer(_) | Form::Decimal(_) => self.to_string().parse().unwrap_or(f64::NAN),
        }
    }

    /// The form in which hosts write this number, too.
    pub(crate) fn exact(&self) -> Exact {
        match &self.0 {
            Form::Integer(integer) => Exact::Integer(*integer),
            Form::Float(float) => Exact::Float(*float),
            Form::Decimal(decimal) => match decimal.as_exact_fraction() {
                Some(float) => Exact::Float(float),
                None => Exact::Text(decimal.to_string()),
            },
        }
    }
}

impl Decimal {
    fn parse(text: &str) -> Result<Option<Self>, NumberError> {
        let (negative, unsigned) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, power) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, power)) => (mantissa, parse_power(power)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
            Some(_) => return Err(NumberError::Syntax),
            None => (mantissa, ""),
        };
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
            return Err(NumberError::Syntax);
        }
        let digits = [whole, fraction].concat();
        let significant = digits.trim_start_matches('0');
        if significant.is_empty() {
            return Ok(None);
        }
        // Digits that were all written out are their own measure; only a power could blow them up.
        if power.unsigned_abs() > MAX_EXPONENT {
            return Err(NumberError::Range);
        }
        let leading_zeros = length(&digits) - length(significant);
        let exponent = power + length(whole) - leading_zeros;
        let significant = significant.trim_end_matches('0');
        Ok(Some(Self {
            negative,
            digits: significant.to_owned(),
            exponent,
        }))
    }

    fn is_integer(&self) -> bool {
        self.exponent >= length(&self.digits)
    }

    /// The float that is exactly this number, if there is one and it is no integer.
    fn as_exact_fraction(&self) -> Option<f64> {
        // A float has at most 767 significant digits.
        if self.is_integer() || self.digits.len() > 767 {
            return None;
        }
        let float: f64 = self.to_string().parse().ok()?;
        // 1074 places are enough to write any float out exactly.
        let exactly = Self::parse(&format!("{float:.1074}")).ok()??;
        (exactly == *self).then_some(float)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negative {
            f.write_str("-")?;
        }
        let zeros = |count: i64| "0".repeat(usize::try_from(count).unwrap_or(0));
        let places = length(&self.digits);
        if self.exponent <= 0 {
            write!(f, "0.{}{}", zeros(-self.exponent), self.digits)
        } else if self.exponent >= places {
            write!(f, "{}{}", self.digits, zeros(self.exponent - places))
        } else {
            let (whole, fraction) = self
                .digits
                .split_at(usize::try_from(self.exponent).unwrap_or(0));
            write!(f, "{whole}.{fraction}")
        }
    }
}

fn length(text: &str) -> i64 {
    i64::try_from(text.len()).unwrap_or(i64::MAX)
}

fn parse_power(text: &str) -> Result<i64, NumberError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NumberError::Syntax);
    }
    text.parse().map_err(|_| NumberError::Range)
}

impl FromStr for Number {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        let Some(decimal) = Decimal::parse(text)? else {
            return Ok(Self(Form::Integer(0)));
        };
        // One of 64 bits has 19 digits; a bigger one need not be written out to be seen as such.
        if decimal.is_integer()
            && decimal.exponent <= 19
            && let Ok(integer) = decimal.to_string().parse()
        {
            return Ok(Self(Form::Integer(integer)));
        }
        Ok(Self(Form::Decimal(decimal)))
    }
}

impl From<i64> for Number {
    fn from(integer: i64) -> Self {
        Self(Form::Integer(integer))
    }
}

impl From<u64> for Number {
    fn from(integer: u64) -> Self {
        match i64::try_from(integer) {
            Ok(integer) => integer.into(),
            // Digits always parse.
            Err(_) => integer.to_string().parse().unwrap_or(Self::from(i64::MAX)),
        }
    }
}

/// Plain decimal text without an exponent; `inf` and `-inf` for the infinities.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Integer(integer) => integer.fmt(f),
            Form::Float(float) => float.fmt(f),
            Form::Decimal(decimal) => decimal.fmt(f),
        }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Form::Integer(a), Form::Integer(b)) => a == b,
            (Form::Decimal(a), Form::Decimal(b)) => a == b,
            (Form::Integer(_), _) | (_, Form::Integer(_)) => false,
            // The texts are canonical: a float prints the shortest decimal that stands for it.
            (Form::Float(_), _) | (_, Form::Float(_)) => self.to_string() == other.to_string(),
        }
    }
}

impl Eq for Number {}

#[cfg(test)]
mod tests {
    use super::{Exact, Number, NumberError};

    fn number(text: &str) -> Number {
        text.parse().unwrap()
    }

    #[test]
    fn a_number_keeps_every_digit() {
        for (written, plain) in [
            ("0", "0"),
            ("-0", "0"),
            ("0.000", "0"),
            ("7", "7"),
            ("+7.0", "7"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("9223372036854775808", "9223372036854775808"),
            ("12345678901234567890123", "12345678901234567890123"),
            ("1e3", "1000"),
            ("12.5E-3", "0.0125"),
            ("1E+20", "100000000000000000000"),
            ("0.30000000000000004", "0.30000000000000004"),
            ("00012.3400", "12.34"),
            (
                "3.14159265358979323846264338",
                "3.14159265358979323846264338",
            ),
        ] {
            assert_eq!(number(written).to_string(), plain, "{written}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "", "-", "+", ".5", "5.", "1e", "e5", "1e+", "0x10", "1_000", " 1", "NaN", "inf", "１",
        ] {
            assert_eq!(text.parse::<Number>(), Err(NumberError::Syntax), "{text}");
        }
        for text in [
            "1e1000000000",
            "1e-99999",
            "1e9223372036854775807",
            "1e-9223372036854775808",
            "1e99999999999999999999",
        ] {
            assert_eq!(text.parse::<Number>(), Err(NumberError::Range), "{text}");
        }
        assert_eq!(Number::from_f64(f64::NAN), Err(NumberError::NotANumber));
    }

    #[test]
    fn equality_is_that_of_the_decimal_texts() {
        assert_eq!(number("0.1"), Number::from_f64(0.1).unwrap());
        assert_eq!(number("1.50"), Number::from_f64(1.5).unwrap());
        assert_eq!(number("1e2"), Number::from(100_i64));
        assert_eq!(number("18446744073709551615"), Number::from(u64::MAX));
        assert_eq!(Number::from_f64(2.0).unwrap(), Number::from(2_i64));
        assert_ne!(number("0.1"), number("0.10000000000000001"));
        assert_ne!(number("-0.1"), number("0.1"));
        assert_ne!(number("9007199254740993"), number("9007199254740992"));
    }

    #[test]
    fn the_wire_form_is_the_most_compact_exact_one() {
        for (written, form) in [
            ("1.0", Exact::Integer(1)),
            ("1.5", Exact::Float(1.5)),
            ("-0.25", Exact::Float(-0.25)),
            ("0.1", Exact::Text("0.1".into())),
            (
                "9223372036854775808",
                Exact::Text("9223372036854775808".into()),
            ),
            (
                "1e40",
                Exact::Text("10000000000000000000000000000000000000000".into()),
            ),
        ] {
            assert_eq!(number(written).exact(), form, "{written}");
        }
        assert_eq!(Number::from_f64(0.1).unwrap().exact(), Exact::Float(0.1));
        assert_eq!(
            Number::from_f64(f64::INFINITY).unwrap().exact(),
            Exact::Float(f64::INFINITY)
        );
    }
}
