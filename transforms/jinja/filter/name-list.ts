/** The names of all filters, kept apart from the filters because tests ask for them and some filters use tests. */
export const filterNames: ReadonlySet<string> = new Set(
  `abs as_bool as_native as_number as_text attr batch capitalize center count d default dictsort e escape filesizeformat first float
  forceescape format groupby indent int is_list items join last length list lower map max min pprint random reject rejectattr replace
  reverse round safe select selectattr slice sort string striptags sum title tojson trim truncate unique upper urlencode wordcount
  wordwrap xmlattr`.split(/\s+/),
);
