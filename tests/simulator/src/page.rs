//! Pagination of lists.

use serde_json::{Value, json};

use crate::{answer::ApiError, call::Call, start_options::refuse};

/// Which part of a list is asked for.
#[derive(Debug)]
pub(crate) struct Page {
    number: usize,
    size: usize,
}

impl Page {
    /// `pageNum` from 1, `itemsPerPage` from 1 to 500.
    pub(crate) fn asked(call: &Call) -> Result<Self, ApiError> {
        let mut wrong = Vec::new();
        let mut number = |name: &str, default: usize, most: usize| match call
            .query
            .get(name)
            .map(|text| text.parse())
        {
            None => default,
            Some(Ok(number)) if (1..=most).contains(&number) => number,
            Some(_) => {
                wrong.push((name.to_owned(), "is out of range".to_owned()));
                default
            }
        };
        let page = Self {
            number: number("pageNum", 1, usize::MAX),
            size: number("itemsPerPage", 100, 500),
        };
        refuse(wrong)?;
        Ok(page)
    }

    /// That part of a list.
    pub(crate) fn of<T>(&self, list: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
        list.skip((self.number - 1).saturating_mul(self.size))
            .take(self.size)
    }

    /// The list as it is answered.
    pub(crate) fn body(&self, call: &Call, results: Vec<Value>, total: usize) -> Value {
        let link = format!(
            "https://cloud.mongodb.com{}?pageNum={}&itemsPerPage={}",
            call.path, self.number, self.size
        );
        let mut body = json!({ "results": results, "links": [{ "rel": "self", "href": link }] });
        if call
            .query
            .get("includeCount")
            .is_none_or(|value| value != "false")
        {
            body["totalCount"] = json!(total);
        }
        body
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::{Simulator, testing::send};

    #[tokio::test(start_paused = true)]
    async fn pages_of_a_list() {
        let simulator = Simulator::new();
        for number in 0..5 {
            simulator.add_processor(&format!("p{number}"), "STOPPED");
        }
        for (query, names, total) in [
            ("", "p0 p1 p2 p3 p4", Some(5)),
            ("?itemsPerPage=2", "p0 p1", Some(5)),
            ("?itemsPerPage=2&pageNum=3", "p4", Some(5)),
            ("?itemsPerPage=2&pageNum=4", "", Some(5)),
            ("?includeCount=false&itemsPerPage=1", "p0", None),
        ] {
            let list = send(&simulator, &format!("GET processors{query}"), "")
                .await
                .json();
            let shown: Vec<_> = list["results"]
                .as_array()
                .expect("a list")
                .iter()
                .filter_map(|p| p["name"].as_str())
                .collect();
            assert_eq!(
                (
                    shown.join(" "),
                    list.get("totalCount").and_then(Value::as_u64)
                ),
                (names.to_owned(), total),
                "{query}"
            );
        }
        for query in ["?pageNum=0", "?itemsPerPage=501", "?itemsPerPage=many"] {
            assert_eq!(
                send(&simulator, &format!("GET processors{query}"), "")
                    .await
                    .verdict(),
                "400 VALIDATION_ERROR"
            );
        }
    }
}
