using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace AgentTeams.Tests;

/// <summary>The server as it is started by anyone.</summary>
public sealed class RetrieverServerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("retriever").FullName;

    public RetrieverServerTests()
    {
        File.WriteAllText(Path.Combine(_folder, "animals and more.md"), "# Animals\n\nThe quokka lives on Rottnest.\nIt is small.\n");
        File.WriteAllText(Path.Combine(_folder, "b.txt"), "Nothing of interest.\n");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Tools_OverStdio_SearchAndRead()
    {
        await using var server = await McpToolset.ConnectStdioAsync(ServerProcess.Options("Retriever", "--folder", _folder));

        var found = ToolResult.From(await server["search"].InvokeAsync(new() { ["query"] = "where does the quokka live?", ["limit"] = 1 }));
        var hit = found.Json!.Value.GetProperty("hits")[0];
        var read = ToolResult.From(await server["read"].InvokeAsync(new() { ["file"] = hit.GetProperty("file").GetString(), ["from"] = 3, ["to"] = 3 }));
        var refused = ToolResult.From(await server["read"].InvokeAsync(new() { ["file"] = "../../../etc/passwd" }));

        Assert.Equal(("animals and more.md", 1, 4), (hit.GetProperty("file").GetString(), hit.GetProperty("from").GetInt32(), hit.GetProperty("to").GetInt32()));
        Assert.True(hit.GetProperty("score").GetDouble() > 0);
        Assert.Equal("The quokka lives on Rottnest.", read.Json!.Value.GetProperty("text").GetString());
        Assert.True(refused.IsError);
        Assert.Contains("outside the folder", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Arguments_OfAnotherName_AreRefused()
    {
        await using var server = await McpToolset.ConnectStdioAsync(ServerProcess.Options("Retriever", "--folder", _folder));

        var result = ToolResult.From(await server["search"].InvokeAsync(new() { ["query"] = "quokka", ["top"] = 1 }));

        Assert.True(result.IsError);
        Assert.Contains("The arguments are not those of 'search'. 'top' is none of them. It takes {\"query\"", result.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_NameWithANul_SaysWhatIsWrongWithIt()
    {
        await using var server = await McpToolset.ConnectStdioAsync(ServerProcess.Options("Retriever", "--folder", _folder));

        Assert.Contains("holds no NUL", ToolResult.From(await server["read"].InvokeAsync(new() { ["file"] = "b.txt\0" })).Text, StringComparison.Ordinal);
        Assert.Contains("holds no NUL", (await Assert.ThrowsAsync<McpToolException>(() => server.ReadResourceAsync("text:///b%00.txt"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("search", "limit", 0)]
    [InlineData("read", "from", 0)]
    [InlineData("read", "from", 99)]
    [InlineData("read", "to", -1)]
    public async Task Arguments_OutOfRange_AreRefused(string tool, string argument, int value)
    {
        await using var server = await McpToolset.ConnectStdioAsync(ServerProcess.Options("Retriever", "--folder", _folder));

        var result = ToolResult.From(await server[tool].InvokeAsync(new() { [tool == "search" ? "query" : "file"] = "b.txt", [argument] = value }));

        Assert.True(result.IsError);
    }

    [Fact]
    public async Task Resources_OfTheServer_AreTheFilesAndNoOthers()
    {
        await using var client = await McpClient.CreateAsync(new StdioClientTransport(new() { Command = ServerProcess.Host, Arguments = [ServerProcess.Dll("Retriever"), "--folder", _folder] }));

        var resources = await client.ListResourcesAsync();
        var read = await client.ReadResourceAsync(resources[0].Uri);

        Assert.Equal(["animals and more.md", "b.txt"], resources.Select(r => r.Name));
        Assert.StartsWith("# Animals", ((TextResourceContents)read.Contents[0]).Text, StringComparison.Ordinal);
        await Assert.ThrowsAsync<McpProtocolException>(() => client.ReadResourceAsync("text:///..%2F..%2Fetc%2Fpasswd").AsTask());
        await Assert.ThrowsAsync<McpProtocolException>(() => client.ReadResourceAsync("file:///etc/passwd").AsTask());
    }

    [Theory]
    [InlineData("--folder", "--folder", "/no/such/folder")]
    [InlineData("--chunk", "--folder", "/tmp", "--chunk", "0")]
    [InlineData("--overlap", "--folder", "/tmp", "--chunk", "100", "--overlap", "100")]
    public async Task Start_OptionsCannotBe_FailsAndNamesTheOption(string option, params string[] arguments)
    {
        var e = await Assert.ThrowsAsync<McpToolException>(() => McpToolset.ConnectStdioAsync(ServerProcess.Options("Retriever", arguments)));

        Assert.Contains(option, e.Message, StringComparison.Ordinal);
    }
}
