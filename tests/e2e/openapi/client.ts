// What a user of the service would write: typed by the document alone.
import createClient from "openapi-fetch";
import type { components, paths } from "./service.js";

const client = createClient<paths>({ baseUrl: process.argv[2] ?? "" });

function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

const item: components["schemas"]["NewItem"] = { name: "Oak", price: "9.90", colors: ["red"], size: { width: 3 } };
const made = await client.POST("/items", { body: item });
check(made.response.status === 201 && made.data !== undefined, "an item is made");
const price: string = made.data.price;
check(price === "9.90" && made.data.size?.height === 10, "its defaults and decimals are there");

const found = await client.GET("/items/{id}", { params: { path: { id: made.data.id } } });
check(found.data?.name === "Oak", "it is found");
const missing = await client.GET("/items/{id}", { params: { path: { id: "00000000-0000-4000-8000-000000000000" } } });
check(missing.error?.status === 404, "a problem has its status");

const page = await client.GET("/items", { params: { query: { color: "red", size: 5, tag: ["a", "b"] }, header: { "X-Trace": [1] } } });
check((page.data?.items.length ?? 0) > 0, "items are listed");

const changed = await client.PATCH("/items/{id}", { params: { path: { id: made.data.id } }, body: { size: null } });
check(changed.data?.size === null, "null empties, what is left out stays");

const items: components["schemas"]["Page_Item"] | undefined = page.data; // the name of Page[Item]
check(items?.total === page.data?.items.length, "a page has its name");
const listed = await client.GET("/payments");
const payments: components["schemas"]["Page_Card_or_Transfer"] | undefined = listed.data;
const accounts = payments?.items.map((each) => (each.kind === "card" ? each.number : each.account));
check(accounts?.join() === "123456789012,DE1", "a page of a union has its name, and tells its members apart");

const paid = await client.POST("/pay", { body: { kind: "transfer", account: "DE1", also: { kind: "card", number: "123456789012" } } });
check(paid.data?.kind === "transfer" && paid.data.also?.kind === "card", "unions are told apart");
const wrong = await client.POST("/ship", { body: { kind: "small", weight: 99 } });
check(wrong.response.status === 422 && wrong.error !== undefined && "errors" in wrong.error, "every fault is listed");

// @ts-expect-error: a colour that there is not
const bad: components["schemas"]["NewItem"] = { name: "Oak", price: 1, colors: ["green"] };
check(bad.name === "Oak", "the compiler has seen it");
console.log("done");
