using System.Reflection;

namespace AgentTeams.Tests;

/// <summary>What docs/servers.md says happens, happens.</summary>
public sealed class ServersGuideTests
{
    [Fact]
    public async Task CodeRunner_FirstTryIsWrong_TheSecondIsToldWhyAndPasses()
    {
        using var model = new ScriptedChatClient("def add(a, b):\n    return a - b", "def add(a, b):\n    return a + b");
        var task = new ServersSnippets.Coding("Add two numbers.", "def check(f):\n    assert f(1, 2) == 3, 'one and two'", "add");

        var state = await ServersSnippets.CodeAsync(Dll("CodeRunner"), TeamRuntime.ForAll(model), task);

        // Where there is no python3 or no isolation the server refuses, and says so.
        if (state.Outcome == "refused")
        {
            Assert.Contains("cannot be run", state.Failure.Replace("Nothing was run", "cannot be run", StringComparison.Ordinal), StringComparison.Ordinal);
            return;
        }

        Assert.Equal(("passed", 2), (state.Outcome, model.Calls.Count));
        Assert.Contains("one and two", model.Calls[^1].Messages[^1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Retriever_AsInTheGuide_FindsTheGuidesOwnWords()
    {
        var found = "";

        var librarian = await ServersSnippets.LibrarianAsync(Dll("Retriever"), GuideCode.PathOf("docs"), async texts =>
            found = ToolResult.From(await texts["search"].InvokeAsync(new() { ["query"] = "fork bombs of a code runner with citations" })).Text);

        Assert.Contains("\"file\":\"servers.md\"", found, StringComparison.Ordinal);
        Assert.Equal(["read", "search"], librarian.Tools.Select(t => t.Name).Order());
    }

    private static string Dll(string server) => typeof(ServersGuideTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(m => m.Key == server).Value!;
}
