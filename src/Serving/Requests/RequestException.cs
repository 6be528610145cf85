using Microsoft.AspNetCore.Http;

namespace AgentTeams.Serving;

/// <summary>A request that is refused; its message is for the one who sent it.</summary>
internal sealed class RequestException(int status, string message, string? param = null, string? code = null, Exception? cause = null)
    : AgentTeamsException(message, cause)
{
    public int Status => status;

    /// <summary>The field that is wrong, as a path into the body.</summary>
    public string? Param => param;

    public string? Code => code;

    public string Type => status switch
    {
        StatusCodes.Status429TooManyRequests => "rate_limit_error",
        >= StatusCodes.Status500InternalServerError => "server_error",
        _ => "invalid_request_error",
    };

    public static RequestException BadField(string param, string message) => new(StatusCodes.Status400BadRequest, message, param, "invalid_value");

    public static RequestException Unsupported(string param, string why) =>
        new(StatusCodes.Status400BadRequest, $"'{param}' is not supported here: {why}", param, "unsupported_parameter");
}
