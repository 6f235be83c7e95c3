import { price } from "./price.js";

export const total = (items) => items.reduce((sum, item) => sum + price(item), 0);
