// Emoji by Slack's names: the common ones. An unknown name stays as it was
// typed, colons included.

const TABLE = `
+1 👍 thumbsup 👍 -1 👎 thumbsdown 👎 ok_hand 👌 wave 👋 clap 👏 raised_hands 🙌 pray 🙏 muscle 💪
point_up ☝️ point_right 👉 point_left 👈 point_down 👇 eyes 👀 brain 🧠 handshake 🤝 raising_hand 🙋
smile 😄 smiley 😃 grinning 😀 grin 😁 joy 😂 slightly_smiling_face 🙂 wink 😉 blush 😊 thinking_face 🤔
sweat_smile 😅 cry 😢 sob 😭 confused 😕 scream 😱 sunglasses 😎 neutral_face 😐 disappointed 😞 heart_eyes 😍
robot_face 🤖 ghost 👻 skull 💀 heart ❤️ broken_heart 💔 fire 🔥 sparkles ✨ star ⭐ zap ⚡ boom 💥 100 💯
tada 🎉 confetti_ball 🎊 balloon 🎈 gift 🎁 trophy 🏆 rocket 🚀 construction 🚧 rotating_light 🚨 bell 🔔 no_bell 🔕
white_check_mark ✅ heavy_check_mark ✔️ ballot_box_with_check ☑️ x ❌ negative_squared_cross_mark ❎ heavy_multiplication_x ✖️
warning ⚠️ no_entry ⛔ no_entry_sign 🚫 octagonal_sign 🛑 stop_sign 🛑 exclamation ❗ grey_exclamation ❕ question ❓ grey_question ❔
information_source ℹ️ bulb 💡 memo 📝 pencil 📝 pencil2 ✏️ clipboard 📋 page_facing_up 📄 bar_chart 📊 chart_with_upwards_trend 📈
file_folder 📁 open_file_folder 📂 paperclip 📎 link 🔗 inbox_tray 📥 outbox_tray 📤 package 📦 card_index 📇 calendar 📆 date 📅
hourglass ⌛ hourglass_flowing_sand ⏳ stopwatch ⏱️ alarm_clock ⏰ clock1 🕐 clock3 🕒 timer_clock ⏲️
arrow_right ➡️ arrow_left ⬅️ arrow_up ⬆️ arrow_down ⬇️ arrows_counterclockwise 🔄 repeat 🔁 leftwards_arrow_with_hook ↩️
double_vertical_bar ⏸️ pause_button ⏸️ black_square_for_stop ⏹️ stop_button ⏹️ arrow_forward ▶️ fast_forward ⏩
lock 🔒 unlock 🔓 key 🔑 closed_lock_with_key 🔐 shield 🛡️ mag 🔍 gear ⚙️ wrench 🔧 hammer_and_wrench 🛠️ wastebasket 🗑️
email 📧 e-mail 📧 envelope ✉️ telephone_receiver 📞 phone ☎️ video_camera 📹 movie_camera 🎥 computer 💻 speech_balloon 💬
bust_in_silhouette 👤 busts_in_silhouette 👥 crown 👑 ticket 🎫 label 🏷️ moneybag 💰 money_with_wings 💸
red_circle 🔴 large_orange_circle 🟠 large_yellow_circle 🟡 large_green_circle 🟢 large_blue_circle 🔵 white_circle ⚪ black_circle ⚫
large_orange_diamond 🔶 small_blue_diamond 🔹 small_orange_diamond 🔸 heavy_plus_sign ➕ heavy_minus_sign ➖ new 🆕 sos 🆘 zzz 💤
one 1️⃣ two 2️⃣ three 3️⃣ four 4️⃣ five 5️⃣ six 6️⃣ seven 7️⃣ eight 8️⃣ nine 9️⃣ zero 0️⃣ hash #️⃣
sunny ☀️ cloud ☁️ snowflake ❄️ coffee ☕ beer 🍺 cake 🍰 earth_africa 🌍 globe_with_meridians 🌐 house 🏠 office 🏢
`;

const words = TABLE.trim().split(/\s+/);
const byName = new Map();
for (let i = 0; i + 1 < words.length; i += 2) byName.set(words[i], words[i + 1]);

/** The character of an emoji name such as "white_check_mark", or null. */
export function emoji(name) {
  return byName.get(String(name).toLowerCase()) || null;
}
