namespace AgentTeams.Tests;

/// <summary>What Python's Jinja 3.1 gives for odd cases, with the JSON filter that chat templates are run with, and what is refused instead of guessed.</summary>
public sealed class JinjaOddCaseTests
{
    private static readonly (string, object?)[] s_values =
    [
        ("l", new List<object?> { 3L, 1L, 2L }), ("d", JinjaJson.Map(("b", 1L), ("é", JinjaJson.Map(("x", 1.5))))), ("big", 9007199254740993L),
    ];

    [Theory]
    [InlineData("{{ -2 ** 2 }} {{ 2 ** 3 ** 2 }} {{ 2 ** -1 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 % -3 }}", "4 64 0.5 -4 2 -2")]
    [InlineData("{{ big == 9007199254740992 }} {{ big > 9007199254740992 }} {{ big // 1 }} {{ 9007199254740993 // 3 }}", "False True 9007199254740993 3002399751580331")]
    [InlineData("{{ 7|round }} {{ 2.5|round }} {{ 'x'|float(9.0) }} {{ 1.5e300 * 1e300 }} {{ 1.0 in {1: 2} }} {{ 7 is sameas 7 }}", "7 2.0 9.0 inf True True")]
    [InlineData("{{ \"they're foo-bar (x\"|title }} {{ \"they're\".title() }} {{ 'éß𝔘ABC'|title }}", "They're Foo-Bar (X They'Re Éß𝔘abc")]
    [InlineData("{{ ' a b  c '.rsplit(None, 1) }} {{ ' a b  c '.split(None, 1) }}", "[' a b', 'c'] ['a', 'b  c ']")]
    [InlineData("{{ 'a\\x0bb\\x0cc\\x1cd\\u2028e\\r\\nf\\n'.splitlines() }}", "['a', 'b', 'c', 'd', 'e', 'f']")]
    [InlineData("{{ '🚀abc'.find('c') }} {{ '🚀abc'.rfind('z') }} {{ '²'.isdigit() }}", "3 -1 True")]
    [InlineData("{{ ['é🚀\\x7f\\x85\\xa0\\u2028\\u200b'] }}", "['é🚀\\x7f\\x85\\xa0\\u2028\\u200b']")]
    [InlineData("{{ d|tojson(false, 1) }} {{ d|tojson(separators=(',', ':')) }} {{ '<é&>'|tojson }}", "{\n \"b\": 1,\n \"é\": {\n  \"x\": 1.5\n }\n} {\"b\":1,\"é\":{\"x\":1.5}} \"<é&>\"")]
    [InlineData("{% if l|select('gt', 5) %}yes{% else %}no{% endif %} {% if l|select('gt', 5)|list %}yes{% else %}no{% endif %}", "yes no")]
    [InlineData("{% set i = l|map('string') %}{{ i|first }} {{ i|list }} {{ i|list }} {{ 2 in l|select }}", "3 ['1', '2'] [] True")]
    [InlineData("{{ (l|map('string'))[0] }}|{{ d.items()[0] }}|{{ d.keys()|length }} {{ d.keys() }} {{ d.values()|first }}", "||2 dict_keys(['b', 'é']) 1")]
    [InlineData("{{ range(3) == range(3) }} {{ range(3) == [0, 1, 2] }} {{ range(5)[-1] }} {{ l|map('string') is sequence }}", "True False 4 False")]
    [InlineData("{{ '<a>'|e|e }} {{ '<a>'|safe|e }} {{ ('<'|e) ~ '<' }} {{ ('<'|e) == '&lt;' }} {{ 'a' if '<'|e is string }}", "&lt;a&gt; <a> &lt;< True a")]
    [InlineData("{% raw %}\n {{ x }}\n{% endraw %}\n|", "\n {{ x }}\n|")]
    [InlineData("{% for x in l %}{% set o = loop %}{% for y in [1, 2] %}{{ o.index }}{{ loop.depth }}{% endfor %}{% endfor %}", "111121213131")]
    [InlineData("{{ 2 * 'ab' }}{% for x in l %}{% if x == 1 %}{% break %}{% endif %}{{ x }}{% endfor %}", "abab3")]
    public void Render_OddCase_GivesWhatJinjaGives(string source, string expected) => Assert.Equal(expected, new JinjaTemplate(source).Render(s_values));

    [Theory]
    [InlineData("{{ 2 ** 70 }}", "64 bits")]
    [InlineData("{{ [3, 'a']|sort }}", "no order")]
    [InlineData("{{ 25|round(-1) }}", "'round' to -1 digits")]
    [InlineData("{{ d|tojson(4) }}", "ensure_ascii")]
    [InlineData("{{ d|tojson(separators=',') }}", "separators")]
    [InlineData("{{ (1e300 * 1e300)|tojson }}", "not finite")]
    [InlineData("{{ l|map('string')|length }}", "an iterator has no length")]
    [InlineData("{{ l|map('string') }}", "an iterator cannot be written")]
    [InlineData("{{ l|reverse|last }}", "an iterator has no last item")]
    [InlineData("{{ d.items()|tojson }}", "a dict_items cannot be written as JSON")]
    [InlineData("{{ range(2) + [1] }}", "'+' does not take a range")]
    [InlineData("{{ ('a'|e) + '<' }}", "'+' does not take escaped text")]
    [InlineData("{{ ('a'|e).upper() }}", "'upper' of escaped text")]
    [InlineData("{{ '\\101' }}", "the escape '\\1'")]
    [InlineData("{{ 'a'|first(2) }}", "'first' is called with 1 arguments")]
    [InlineData("{% break %}", "outside of any loop")]
    [InlineData("{% for x in l %}{% set y %}{% continue %}{% endset %}{% endfor %}", "outside of any loop")]
    [InlineData("{% set none = 1 %}", "'none' cannot be set")]
    [InlineData("{% for x in l %}{{ loop.changed(x) }}{% endfor %}", "'loop.changed'")]
    public void Render_WhatWouldBeGuessed_IsRefusedByName(string source, string named) =>
        Assert.Contains(named, Assert.Throws<JinjaException>(() => new JinjaTemplate(source).Render(s_values)).Message, StringComparison.Ordinal);
}
