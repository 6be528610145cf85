using System.Text.Json;

namespace AgentTeams.Tests;

/// <summary>What the real Jinja makes of templates; <c>make_vectors.py</c> beside this file asked it.</summary>
public sealed class JinjaVectorTests
{
    private static readonly DateTimeOffset s_day = new(2024, 3, 9, 15, 4, 0, TimeSpan.Zero);

    public static TheoryData<string> Templates =>
        [.. typeof(JinjaVectorTests).Assembly.GetManifestResourceNames().Where(n => n.EndsWith(".jinja", StringComparison.Ordinal)).Select(n => n[..^".jinja".Length])];

    [Theory]
    [MemberData(nameof(Templates))]
    public void Render_TemplatesLikePublishedOnes_GivesWhatJinjaGives(string template)
    {
        using var vectors = JsonDocument.Parse(Resource("jinja_vectors.json"));
        Compare(template, Resource(template + ".jinja"), vectors.RootElement.GetProperty(template));
    }

    [SharedDataFact(Published.TemplateFolder)]
    public void Render_PublishedTemplates_GivesWhatJinjaGives()
    {
        var folder = Published.Templates;
        using var vectors = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "jinja_vectors.json")));
        foreach (var template in vectors.RootElement.EnumerateObject()) Compare(template.Name, File.ReadAllText(Path.Combine(folder, template.Name + ".jinja")), template.Value);
    }

    private static void Compare(string name, string source, JsonElement cases)
    {
        var template = new JinjaTemplate(source);
        foreach (var one in cases.EnumerateArray())
        {
            var values = one.GetProperty("values").EnumerateObject().Select(p => (p.Name, JinjaJson.Read(p.Value)))
                .Append(("strftime_now", (JinjaFunction)(a => JinjaText.Date(s_day, a.Text(0, "format")))));
            var expected = one.GetProperty("rendered").GetString();
            string? actual;
            try
            {
                actual = template.Render(values);
            }
            catch (JinjaException e) when (expected is null)
            {
                Assert.NotEmpty(e.Message);
                continue;
            }
            catch (JinjaException e)
            {
                throw new InvalidOperationException($"{name}: {e.Message}\n{one.GetProperty("values")}", e);
            }

            Assert.Equal($"{name}: {expected ?? "refused"}", $"{name}: {actual}");
        }
    }

    private static string Resource(string name)
    {
        using var reader = new StreamReader(typeof(JinjaVectorTests).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
