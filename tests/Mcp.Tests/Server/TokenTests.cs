using System.Net;
using System.Text;
using Microsoft.Extensions.AI;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace AgentTeams.Tests;

/// <summary>Bearer tokens of an issuer, which ASP.NET Core validates.</summary>
public sealed class TokenTests
{
    private static readonly SymmetricSecurityKey Issuer = new(Encoding.UTF8.GetBytes("a key of the issuer, of 32 bytes or more")) { KeyId = "k" };
    private static readonly McpHttpServerOptions Options = new()
    {
        Port = 0,
        ApiKeys = new Dictionary<string, string> { ["desk"] = "plain-key" },
        Jwt = o => o.TokenValidationParameters = new() { ValidIssuer = "us", ValidAudience = "notes", IssuerSigningKey = Issuer },
    };

    public static TheoryData<string, bool> Tokens => new()
    {
        { Token(Issuer, "notes", 5), true },
        { "plain-key", true },
        { Token(Issuer, "others", 5), false },
        { Token(Issuer, "notes", -60), false },
        { Token(new SymmetricSecurityKey(Encoding.UTF8.GetBytes("another key, which is not the issuer's")), "notes", 5), false },
    };

    [Theory]
    [MemberData(nameof(Tokens))]
    public async Task Connect_WithAToken_IsAnsweredIfItIsValid(string token, bool isValid)
    {
        await using var server = await new McpTeamServer(new() { Name = "notes" }).AddTool(AIFunctionFactory.Create(() => "here", "ask")).StartHttpAsync(Options);
        var connecting = McpToolset.ConnectHttpAsync(new() { Name = "notes", Endpoint = server.Endpoint, BearerToken = token });
        if (!isValid)
        {
            var error = await Assert.ThrowsAsync<McpToolException>(() => connecting);
            Assert.Contains($"{(int)HttpStatusCode.Unauthorized}", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(token, error.ToString(), StringComparison.Ordinal);
            return;
        }

        await using var tools = await connecting;
        Assert.Equal("here", ((ToolResult)(await tools["ask"].InvokeAsync())!).Text);
    }

    private static string Token(SecurityKey key, string audience, int minutes) => new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
    {
        Issuer = "us", Audience = audience, Expires = TimeProvider.System.GetUtcNow().AddMinutes(minutes).UtcDateTime, SigningCredentials = new(key, SecurityAlgorithms.HmacSha256),
        Claims = new Dictionary<string, object> { ["sub"] = "ann" },
    });
}
